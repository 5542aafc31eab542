#include "system/thread_figures.hpp"

#include <sys/resource.h>

#include <fstream>
#include <sstream>

#include "system/first_line.hpp"

namespace fanout {
namespace {

rusage usage(int who) {
  rusage used{};
  getrusage(who, &used);
  return used;
}

/// The number after a name in a file of lines "name: number".
std::optional<std::int64_t> number_in(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    if (const auto colon = line.find(':'); colon != std::string::npos) return std::atoll(line.c_str() + colon + 1);
  }
  return {};
}

}  // namespace

ThreadFigures& ThreadFigures::operator+=(const ThreadFigures& other) {
  voluntary += other.voluntary;
  involuntary += other.involuntary;
  if (migrations && other.migrations)
    *migrations += *other.migrations;
  else
    migrations.reset();
  return *this;
}

ThreadFigures ThreadFigures::operator-(const ThreadFigures& other) const {
  ThreadFigures difference{.voluntary = voluntary - other.voluntary, .involuntary = involuntary - other.involuntary};
  if (migrations && other.migrations) difference.migrations = *migrations - *other.migrations;
  return difference;
}

ThreadFigures own_figures() {
  const rusage used = usage(RUSAGE_THREAD);
  return {.voluntary = used.ru_nvcsw, .involuntary = used.ru_nivcsw};
}

std::optional<ThreadFigures> thread_figures(pid_t process, pid_t thread, const std::string& proc) {
  const std::string place = proc + "/" + std::to_string(process) + "/task/" + std::to_string(thread);
  const auto voluntary = number_in(place + "/status", "voluntary_ctxt_switches");
  const auto involuntary = number_in(place + "/status", "nonvoluntary_ctxt_switches");
  if (!voluntary || !involuntary) return {};
  return ThreadFigures{.voluntary = *voluntary,
                       .involuntary = *involuntary,
                       .migrations = number_in(place + "/sched", "se.nr_migrations")};
}

Faults& Faults::operator+=(const Faults& other) {
  minor += other.minor;
  major += other.major;
  return *this;
}

Faults faults() {
  const rusage own = usage(RUSAGE_SELF);
  const rusage reaped = usage(RUSAGE_CHILDREN);
  return {.minor = own.ru_minflt + reaped.ru_minflt, .major = own.ru_majflt + reaped.ru_majflt};
}

Faults faults_of(pid_t process, const std::string& proc) {
  const std::string line = first_line(proc + "/" + std::to_string(process) + "/stat").value_or("");
  std::istringstream file(line.substr(line.rfind(')') + 1));  // the program's name may hold anything
  Faults found;
  std::string skipped;
  for (int field = 3; field < 10; ++field) file >> skipped;  // proc(5): minflt is the tenth, majflt the twelfth
  if (!(file >> found.minor >> skipped >> found.major)) return {};
  return found;
}

}  // namespace fanout
