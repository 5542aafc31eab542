BEGIN TRANSACTION;
CREATE TABLE build (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	compiler TEXT NOT NULL, 
	flags TEXT NOT NULL, 
	build_type TEXT NOT NULL, 
	library TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	seed TEXT NOT NULL, 
	pinned BOOLEAN, 
	sampling TEXT NOT NULL, 
	source TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "build" VALUES(1,'357e17e82a30312133e58b6a312ba1d25cfc390af048a1ee574910548cf7d351','GNU 12','-O3','Release','libstdc++ 12','{}','1',0,'processes','');
CREATE TABLE cell (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	project TEXT NOT NULL, 
	workload TEXT NOT NULL, 
	"case" TEXT NOT NULL, 
	contender TEXT NOT NULL, 
	workers BIGINT NOT NULL, 
	lifecycle TEXT NOT NULL, 
	scaling TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	name TEXT NOT NULL, 
	executor TEXT NOT NULL, 
	family TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "cell" VALUES(1,'8aea39f1606b041988e01eb8c7f05d66f7c74e54acb28cabc33ed8c6b4cc4d4d','mine','spin','case of spin/pool','pool',2,'warm','strong','batch','spin/pool','pool','pool','threads');
INSERT INTO "cell" VALUES(2,'2fc3f81b583f15c526ca04ee96220b886d95bbb220d8cad1d44cdeb1002f4315','mine','spin','case of spin/fork','pool',2,'warm','strong','batch','spin/fork','pool','pool','threads');
CREATE TABLE commits (
	sha VARCHAR(64) NOT NULL, 
	parents TEXT, 
	committed_at FLOAT, 
	height INTEGER, 
	PRIMARY KEY (sha)
)
 WITHOUT ROWID

;
INSERT INTO "commits" VALUES('0000000000000000000000000000000000000001','0000000000000000000000000000000000000000',1000000100.0,1);
INSERT INTO "commits" VALUES('0000000000000000000000000000000000000002','0000000000000000000000000000000000000001',1000000200.0,2);
CREATE TABLE fanout_store (
	version INTEGER NOT NULL
);
INSERT INTO "fanout_store" VALUES(1);
CREATE TABLE machine (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	cpu_model TEXT NOT NULL, 
	architecture TEXT NOT NULL, 
	effective_cpus FLOAT, 
	smt TEXT NOT NULL, 
	governor TEXT NOT NULL, 
	virtualisation TEXT NOT NULL, 
	memory FLOAT, 
	caches TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO "machine" VALUES(1,'45f699e59a53286e6d135b2fa13aa015f2ad667bc99b3a64208f71dcae091b16','Model X','x86_64',2.0,'off','','none seen',8.0,'');
CREATE TABLE outcome (
	run_id INTEGER NOT NULL, 
	cell_id INTEGER NOT NULL, 
	build_id INTEGER NOT NULL, 
	median FLOAT, 
	count INTEGER NOT NULL, 
	failure_kind TEXT, 
	failure_cause TEXT, 
	failure_reason TEXT, 
	PRIMARY KEY (run_id, cell_id), 
	FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE, 
	FOREIGN KEY(cell_id) REFERENCES cell (id), 
	FOREIGN KEY(build_id) REFERENCES build (id)
)
 WITHOUT ROWID

;
INSERT INTO "outcome" VALUES(1,1,1,2.0,3,NULL,NULL,NULL);
INSERT INTO "outcome" VALUES(2,1,1,2.0,3,NULL,NULL,NULL);
INSERT INTO "outcome" VALUES(2,2,1,NULL,0,'crash','{"signal":11}','killed by SIGSEGV');
INSERT INTO "outcome" VALUES(3,1,1,2.0,3,NULL,NULL,NULL);
CREATE TABLE parameter (
	cell_id INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	number FLOAT, 
	PRIMARY KEY (cell_id, place), 
	FOREIGN KEY(cell_id) REFERENCES cell (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "parameter" VALUES(1,0,'spin.size','64KiB',NULL);
INSERT INTO "parameter" VALUES(1,1,'spin.tasks','9',9.0);
INSERT INTO "parameter" VALUES(2,0,'spin.size','64KiB',NULL);
INSERT INTO "parameter" VALUES(2,1,'spin.tasks','9',9.0);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	tool TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	commit_sha VARCHAR(64), 
	dirty BOOLEAN NOT NULL, 
	measured_at FLOAT, 
	recorded_at FLOAT NOT NULL, 
	seed TEXT NOT NULL, 
	context TEXT NOT NULL, 
	machine_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest), 
	FOREIGN KEY(commit_sha) REFERENCES commits (sha), 
	FOREIGN KEY(machine_id) REFERENCES machine (id)
);
INSERT INTO "run" VALUES(1,'5ec39397341daf3b3d753e62d86697d3f760df2a7ea2cc4316e36328218b3b11','fanout 0.1.0','the built-in workloads','main','0000000000000000000000000000000000000001',0,1500000001.0,1600000001.0,'1','{"started":1}',1);
INSERT INTO "run" VALUES(2,'5145bea616eaaa51883f22f73e8bb62944b79fa99c360e9343aa46e3ee55eb0a','fanout 0.1.0','the built-in workloads','main','0000000000000000000000000000000000000002',0,1500000002.0,1600000002.0,'1','{"started":2}',1);
INSERT INTO "run" VALUES(3,'40d2b92b39fc722c2dcc2914414e05df53eea71cf55e18429893655c312dc77e','fanout 0.1.0','the built-in workloads','main',NULL,1,NULL,1600000003.0,'1','{"started":3}',1);
CREATE TABLE sample (
	run_id INTEGER NOT NULL, 
	cell_id INTEGER NOT NULL, 
	place BIGINT NOT NULL, 
	seconds FLOAT NOT NULL, 
	cpu FLOAT, 
	PRIMARY KEY (run_id, cell_id, place), 
	FOREIGN KEY(run_id, cell_id) REFERENCES outcome (run_id, cell_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "sample" VALUES(1,1,0,1.0,0.5);
INSERT INTO "sample" VALUES(1,1,1,3.0,1.5);
INSERT INTO "sample" VALUES(1,1,2,2.0,1.0);
INSERT INTO "sample" VALUES(2,1,0,1.0,0.5);
INSERT INTO "sample" VALUES(2,1,1,3.0,1.5);
INSERT INTO "sample" VALUES(2,1,2,2.0,1.0);
INSERT INTO "sample" VALUES(3,1,0,1.0,0.5);
INSERT INTO "sample" VALUES(3,1,1,3.0,1.5);
INSERT INTO "sample" VALUES(3,1,2,2.0,1.0);
CREATE INDEX ix_run_machine_id ON run (machine_id);
CREATE INDEX ix_run_commit_sha ON run (commit_sha);
CREATE INDEX ix_outcome_cell_id ON outcome (cell_id);
CREATE INDEX ix_outcome_build_id ON outcome (build_id);
COMMIT;
