#include "benchmarks/plugin/loader.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <vector>

#include "benchmarks/plugin/declared.hpp"
#include "benchmarks/plugin/entries.hpp"
#include "executors/support/child.hpp"
#include "fanout/plugin.h"
#include "system/descriptor.hpp"

namespace fanout {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kEntry = "fanout_plugin_entry";
constexpr std::chrono::seconds kPatience(10);  // for what takes milliseconds
constexpr std::size_t kKept = 4096;            // bytes of what it says, the last ones

const fanout_host kHost{.size = sizeof(fanout_host),
                        .version_major = FANOUT_VERSION_MAJOR,
                        .version_minor = FANOUT_VERSION_MINOR,
                        .fail = [](const char* message) { return keep_failure(message); }};

std::string spell(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

/// What the plug-in gives out, of a version that is known here. A struct's size and version stay where they are.
fanout_plugin declared_by(fanout_entry_function entry) {
  const fanout_plugin* given = entry(&kHost);
  if (given == nullptr) throw_kept_failure(0);
  if (given->version_major != FANOUT_VERSION_MAJOR || given->version_minor > FANOUT_VERSION_MINOR)
    throw UsageError("it was made for version " + spell(given->version_major, given->version_minor) +
                     " of the contract, and this is " + spell(FANOUT_VERSION_MAJOR, FANOUT_VERSION_MINOR) +
                     ": compile it again with the headers of this Fanout");
  return known_part(*given, sizeof(fanout_plugin), "the plug-in");
}

void load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // for good: its threads and destructors may live on
  if (library == nullptr) throw UsageError(dlerror());
  const auto entry = reinterpret_cast<fanout_entry_function>(dlsym(library, kEntry));
  if (entry == nullptr) throw UsageError(std::string("it is no plug-in: it has no function ") + kEntry);
  const fanout_plugin plugin = declared_by(entry);
  for (auto each = plugin.workloads; each != nullptr && *each != nullptr; ++each) add_plugin_entry(**each, path);
  for (auto each = plugin.executors; each != nullptr && *each != nullptr; ++each) add_plugin_entry(**each, path);
}

/// The child's side: silent but for the reason.
void try_here(const std::string& path, const Pipe& said) {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) dup2(said.write.get(), stream);
  try {
    load(path);
  } catch (...) {
    dprintf(STDERR_FILENO, "\n%s\n", caught().what());
    _exit(EXIT_FAILURE);
  }
}

std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

/// The last line that says something, or "".
std::string last_line(std::string text) {
  const auto end = text.find_last_not_of(" \r\n");
  text.resize(end == std::string::npos ? 0 : end + 1);
  const auto start = text.find_last_of('\n');
  return in_one_line(text.substr(start == std::string::npos ? 0 : text.find_first_not_of(' ', start + 1)));
}

/// Loads it in a child, so that whatever happens there is a reason.
void try_loading(const std::string& path) {
  Pipe said;
  Child child([&] { try_here(path, said); });
  said.write.close();
  std::string text;
  const auto deadline = Clock::now() + kPatience;
  for (bool lives = true; lives;) {
    pollfd events[2] = {{.fd = said.read.get(), .events = POLLIN, .revents = 0}, child.death()};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int ready = left > 0 ? poll(events, 2, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) throw UsageError("it is not loaded after " + std::to_string(kPatience.count()) + " s");
    lives = events[1].revents == 0;
    char buffer[kKept];
    ssize_t got = 0;
    if ((events[0].revents & POLLIN) != 0) got = read(said.read.get(), buffer, sizeof buffer);
    text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    if (text.size() > kKept) text.erase(0, text.size() - kKept);
    if (got <= 0 && events[0].revents != 0) events[0].fd = -1;
  }
  const auto end = child.reap();
  if (!end) return;
  const std::string words = last_line(text);
  if (end->cause.status == EXIT_FAILURE && !words.empty()) throw UsageError(words);
  throw UsageError("it cannot be loaded: " + std::string(end->what()) + (words.empty() ? "" : ": " + words));
}

}  // namespace

void load_plugin(const std::string& path) {
  static std::set<std::string> loaded;
  try {
    if (!std::filesystem::is_regular_file(path)) throw UsageError("no such file");
    const std::string whole = std::filesystem::canonical(path);  // with a slash: else libraries' places are searched
    if (!loaded.insert(whole).second) return;
    try_loading(whole);
    load(whole);
  } catch (const std::exception& error) {
    throw UsageError(in_one_line("--plugin=" + path + ": " + error.what()));
  }
}

}  // namespace fanout
