/* A workload in C: squares of the numbers from a drawn one on. */
#include <fanout/plugin.h>
#include <stdlib.h>

static const fanout_host* host;

typedef struct squares {
  fanout_work work; /* at the head */
  uint64_t from;
} squares;

static int build(const fanout_values* values, uint64_t seed, fanout_work** made) {
  squares* it = calloc(1, sizeof *it);
  if (it == NULL) return host->fail("no memory");
  it->work.tasks = (size_t)fanout_find(values, "tasks")->number;
  it->work.width = 1;
  it->from = seed % 1000;
  *made = &it->work;
  return 0;
}

static int run(const void* context, size_t first, size_t last, uint64_t* out) {
  const squares* it = context;
  for (size_t i = first; i < last; ++i) fanout_deliver(&it->work, &out[i - first], (it->from + i) * (it->from + i));
  return 0;
}

/* By another route: each square is the one before and an odd number. */
static int expected(const fanout_work* work, uint64_t* digests) {
  const squares* it = (const squares*)work;
  uint64_t square = it->from * it->from;
  for (size_t i = 0; i < work->tasks; square += 2 * (it->from + i) + 1, ++i) digests[i] = square;
  return 0;
}

static void destroy(fanout_work* work) { free(work); }

static const fanout_parameter tasks = {
    .size = sizeof(fanout_parameter),
    .name = "tasks",
    .help = "numbers to square",
    .type = "count",
    .standard = "1000",
    .min = "0",
    .max = "1000000",
    .unit = "tasks",
    .role = "tasks",
};
static const fanout_parameter* const parameters[] = {&tasks, NULL};

static const fanout_workload workload = {
    .size = sizeof(fanout_workload),
    .name = "squares",
    .help = "squares of numbers, in C",
    .parameters = parameters,
    .build = build,
    .run = run,
    .expected = expected,
    .destroy = destroy,
};
static const fanout_workload* const workloads[] = {&workload, NULL};

static const fanout_plugin plugin = {
    .size = sizeof(fanout_plugin),
    .version_major = FANOUT_VERSION_MAJOR,
    .version_minor = FANOUT_VERSION_MINOR,
    .workloads = workloads,
};

FANOUT_EXPORT const fanout_plugin* fanout_plugin_entry(const fanout_host* given) {
  host = given;
  return &plugin;
}
