/* A workload and an executor in C, right but for what the macros of a test replace. */
#include <fanout/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef LOADING
#define LOADING
#endif
#ifndef BUILD
#define BUILD
#endif
#ifndef TASK
#define TASK
#endif
#ifndef BATCH
#define BATCH
#endif
#ifndef MINOR
#define MINOR FANOUT_VERSION_MINOR
#endif
#ifndef NAME
#define NAME "given"
#endif
#ifndef PARAMETER
#define PARAMETER
#endif
#ifndef WORKLOAD
#define WORKLOAD
#endif
#ifndef EXECUTOR
#define EXECUTOR
#endif
#ifndef GIVEN
#define GIVEN &plugin
#endif

static const fanout_host* host;

__attribute__((constructor)) static void loading(void) { LOADING; }

static int build(const fanout_values* values, uint64_t seed, fanout_work** made) {
  (void)seed;
  BUILD;
  fanout_work* work = calloc(1, sizeof *work);
  work->tasks = (size_t)fanout_find(values, "tasks")->number;
  work->width = 2;
  *made = work;
  return 0;
}

static int run(const void* work, size_t first, size_t last, uint64_t* out) {
  for (size_t i = first; i < last; ++i) {
    TASK;
    fanout_deliver(work, &out[(i - first) * 2], i * 3);
    out[(i - first) * 2 + 1] = i;
  }
  return 0;
}

static int expected(const fanout_work* work, uint64_t* digests) {
  for (size_t i = 0; i < work->tasks; ++i) digests[i * 2] = i * 3, digests[i * 2 + 1] = i;
  return 0;
}

static void destroy(fanout_work* work) { free(work); }

static const fanout_parameter tasks = {.size = sizeof(fanout_parameter),
                                       .name = "tasks",
                                       .help = "threefold numbers",
                                       .type = "count",
                                       .standard = "50",
                                       .min = "0",
                                       .max = "1000",
                                       .unit = "tasks",
                                       .role = "tasks",
                                       PARAMETER};
static const fanout_parameter* const parameters[] = {&tasks, NULL};
static const fanout_workload workload = {.size = sizeof(fanout_workload),
                                         .name = NAME,
                                         .help = "in C",
                                         .parameters = parameters,
                                         .build = build,
                                         .run = run,
                                         .expected = expected,
                                         .destroy = destroy,
                                         WORKLOAD};
static const fanout_workload* const workloads[] = {&workload, NULL};

/* A forked process for each worker and batch; its status is that of its tasks. */
static int open_workers(uint32_t workers, uint32_t cpus, const fanout_values* values, void** made) {
  (void)cpus, (void)values;
  uint32_t* wanted = malloc(sizeof *wanted);
  *wanted = workers;
  *made = wanted;
  return 0;
}

static int run_batch(void* made, const fanout_job* job) {
  const uint32_t workers = *(uint32_t*)made;
  BATCH;
  fflush(NULL);
  pid_t ids[64];
  for (uint32_t worker = 0; worker < workers; ++worker) {
    ids[worker] = fork();
    if (ids[worker] != 0) continue;
    int status = 0;
    for (size_t i = worker; i < job->tasks && status == 0; i += workers) status = fanout_run(job, i, i + 1);
    _exit(status);
  }
  int worst = 0;
  for (uint32_t worker = 0; worker < workers; ++worker) {
    int status = 0;
    waitpid(ids[worker], &status, 0); /* not any child: the workload may have some too */
    worst |= status;
  }
  return worst == 0 ? 0 : host->fail("a process has failed");
}

static void end_workers(void* made) { free(made); }

static size_t processes(const void* made, int32_t* ids, size_t room) {
  (void)made, (void)ids, (void)room;
  return 0;
}

static const fanout_executor executor = {.size = sizeof(fanout_executor),
                                         .name = "forker",
                                         .help = "forks",
                                         .kind = "processes",
                                         .memory = "forked",
                                         .open = open_workers,
                                         .run = run_batch,
                                         .destroy = end_workers,
                                         .processes = processes,
                                         EXECUTOR};
static const fanout_executor* const executors[] = {&executor, NULL};

static const fanout_plugin plugin = {.size = sizeof(fanout_plugin),
                                     .version_major = FANOUT_VERSION_MAJOR,
                                     .version_minor = MINOR,
                                     .workloads = workloads,
                                     .executors = executors};

FANOUT_EXPORT const fanout_plugin* fanout_plugin_entry(const fanout_host* given) {
  host = given;
  return GIVEN;
}
