#include "system/affinity.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace fanout {
namespace {

constexpr std::size_t kCpus = 8192;  // as many as Linux is ever built for on x86-64; a smaller mask would be refused
constexpr std::size_t kBits = 8 * sizeof(unsigned long);
using Mask = std::array<unsigned long, kCpus / kBits>;

constinit Mask at_start{};

/// By the system call: at the start the C library may not be ready for its own.
__attribute__((no_sanitize("address", "thread", "undefined"))) void read_mask(Mask& mask) {
  syscall(SYS_sched_getaffinity, 0, sizeof mask, mask.data());
}

/// The linker puts it before the initialisers of all libraries.
[[gnu::section(".preinit_array"), gnu::used]] void (*const first_of_all)() = [] { read_mask(at_start); };

std::vector<unsigned> listed(const Mask& mask) {
  std::vector<unsigned> cpus;
  for (std::size_t word = 0; word < mask.size(); ++word) {
    if (mask[word] == 0) continue;
    for (std::size_t bit = 0; bit < kBits; ++bit) {
      if ((mask[word] >> bit & 1U) != 0) cpus.push_back(static_cast<unsigned>(word * kBits + bit));
    }
  }
  if (cpus.empty()) cpus.push_back(0);  // the kernel does not tell; there is one at least
  return cpus;
}

}  // namespace

std::vector<unsigned> affinity() {
  Mask mask{};
  read_mask(mask);
  return listed(mask);
}

std::vector<unsigned> starting_affinity() { return listed(at_start); }

}  // namespace fanout
