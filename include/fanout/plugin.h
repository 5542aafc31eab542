/* The contract between Fanout and a plug-in, for every language that speaks C. In C++, see fanout/workload.hpp and
 * fanout/executor.hpp.
 *
 * A plug-in is a shared object with one exported function, fanout_plugin_entry. The structs that it gives out begin
 * with their size, so that fields can be added at their ends: what an older plug-in does not have is absent. Every
 * function that returns int returns 0, or fails: it then returns what fanout_host's fail(message) returned. No
 * exception leaves a plug-in, or comes into one. All texts are UTF-8 without control characters, and everything that is
 * given out stays as it is and where it is until the process ends. A null pointer stands for an empty text. */
#ifndef FANOUT_PLUGIN_H
#define FANOUT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* Of this contract. Before 1.0, a plug-in of an older minor version works, a newer one is refused. */
#define FANOUT_VERSION_MAJOR 0
#define FANOUT_VERSION_MINOR 1

#ifdef __cplusplus
#define FANOUT_EXPORT extern "C" __attribute__((visibility("default")))
extern "C" {
#else
#define FANOUT_EXPORT __attribute__((visibility("default")))
#endif

/* What Fanout gives a plug-in. */
typedef struct fanout_host {
  uint32_t size;
  uint32_t version_major, version_minor;
  int (*fail)(const char* message); /* keeps the message for this thread; returns what the failing function returns */
} fanout_host;

/* A parameter that users set with --set=OWNER.NAME=VALUE. Values are texts, as users write them: "100", "20ms",
 * "64KiB". */
typedef struct fanout_parameter {
  uint32_t size;
  const char* name; /* as all names: a small letter, then small letters, digits and underscores */
  const char* help;
  const char* type;     /* "count", "duration", "bytes", "choice", "text" or "file" */
  const char* standard; /* the default; of a choice, null: the first */
  const char* min;      /* of a count, a duration or bytes */
  const char* max;
  const char* choices; /* of a choice: "one|two|three" */
  const char* unit;    /* of a count: "tasks", "percent" */
  const char*
      role; /* what it does, whatever it is called: "tasks", "size", "duration", "result_bytes", "grain"; or null */
} fanout_parameter;

/* The values of all declared parameters, valid and in the order of their declaration. */
typedef struct fanout_value {
  const char* name;
  const char* text;
  int64_t number; /* of a count; of a duration in ns; of bytes; else 0 */
} fanout_value;

typedef struct fanout_values {
  const fanout_value* all;
  size_t count;
} fanout_values;

/* Work that was built, at the head of whatever the plug-in keeps of it. */
typedef struct fanout_work {
  const uint64_t*
      weight;   /* Fanout's: what each task adds to its result, drawn anew for each batch; see fanout_deliver */
  size_t tasks; /* in a batch; may be 0 */
  size_t width; /* 64-bit words in a task's digest, at least 1 */
} fanout_work;

/* Runs tasks [first, last), whose digests `out` is: (last - first) * width words. */
typedef int (*fanout_call)(const void* context, size_t first, size_t last, uint64_t* out);

/* Work for executors: tasks that may run in any order and at any time, each exactly once in a batch. */
typedef struct fanout_workload {
  uint32_t size;
  const char* name;
  const char* help;
  int waits; /* whether tasks wait rather than compute, so that more workers than CPUs pay */
  const fanout_parameter* const* parameters; /* ends with a null; or null: none */

  /* The work of these values, with tasks and width set. All that is drawn comes from the seed. */
  int (*build)(const fanout_values* values, uint64_t seed, fanout_work** made);
  /* The context is the work. Called from many workers at once, also from forked processes. Each task calls
   * fanout_deliver once, for the first word of its digest, when it is done, and stores the further words. */
  fanout_call run;
  /* Stores the words that all tasks deliver, computed by another route than run's where there is one. Null: Fanout runs
   * the tasks once, one after the other, and expects the same ever after. */
  int (*expected)(const fanout_work* work, uint64_t* digests);
  void (*destroy)(fanout_work* work);
} fanout_workload;

/* A batch for an executor: see fanout_run. `digests` are tasks * width words. */
typedef struct fanout_job {
  uint32_t size;
  fanout_call call;
  const void* context;
  size_t tasks;
  size_t width;
  uint64_t* digests;
} fanout_job;

/* A way of running tasks at once. */
typedef struct fanout_executor {
  uint32_t size;
  const char* name;
  const char* help;
  const char* kind;    /* what workers are: "threads" or "processes" */
  const char* memory;  /* "one": all of it; "forked": processes, forked by open(), that share what was shared before */
  const char* family;  /* the library behind it, which charts give one hue */
  const char* library; /* the same with its version */
  const char* idle;    /* what workers do between batches */
  const fanout_parameter* const* parameters;

  /* Starts exactly so many workers, the calling thread counted if it runs tasks. `cpus`: that the process may use. */
  int (*open)(uint32_t workers, uint32_t cpus, const fanout_values* values, void** made);
  /* One batch: each task exactly once, with all workers at rest when it returns. Called from the thread that opened it.
   * Fanout knows why a task failed; the batch is still run to its end, or left. */
  int (*run)(void* made, const fanout_job* job);
  /* Ends the workers, after the last run. Fails where one has ended in any other way than this. May be null. */
  int (*close)(void* made);
  void (*destroy)(void* made);
  /* Stores the ids of the living worker processes, at most `room` of them, and returns how many there are. For
   * "processes", whose CPU time counts; else null. */
  size_t (*processes)(const void* made, int32_t* ids, size_t room);
} fanout_executor;

/* What a plug-in gives out. Lists end with a null; null: none. */
typedef struct fanout_plugin {
  uint32_t size;
  uint32_t version_major, version_minor; /* FANOUT_VERSION_MAJOR and _MINOR, as it was compiled */
  const fanout_workload* const* workloads;
  const fanout_executor* const* executors;
} fanout_plugin;

/* The one function of a plug-in, FANOUT_EXPORT const fanout_plugin* fanout_plugin_entry(const fanout_host* host); null
 * where it fails. It is called twice: first in a process of its own, so that a plug-in that cannot be loaded is
 * refused. */
typedef const fanout_plugin* (*fanout_entry_function)(const fanout_host* host);

/* The weight of the batch at hand: for tasks so short that they read it once for a range. */
static inline uint64_t fanout_weight(const fanout_work* work) { return *(const volatile uint64_t*)work->weight; }

/* A task's result. That each was delivered exactly once in every batch shows in the sum. */
static inline void fanout_deliver(const fanout_work* work, uint64_t* word, uint64_t result) {
  *word += result + fanout_weight(work);
}

/* Runs tasks [first, last) of a job. Where it is not 0, a task has failed: an executor may return it from run(). */
static inline int fanout_run(const fanout_job* job, size_t first, size_t last) {
  return job->call(job->context, first, last, job->digests + first * job->width);
}

/* The value of a declared parameter; null where none is declared so. */
static inline const fanout_value* fanout_find(const fanout_values* values, const char* name) {
  for (size_t i = 0; i < values->count; ++i) {
    const char *one = values->all[i].name, *other = name;
    while (*one != '\0' && *one == *other) ++one, ++other;
    if (*one == *other) return &values->all[i];
  }
  return NULL;
}

#ifdef __cplusplus
}
#endif
#endif
