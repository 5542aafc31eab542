"""Why a cell is not N times as fast: the evidence, where its workers' time went, and the law that its speedups follow."""
