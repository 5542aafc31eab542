#include "system/context_switches.hpp"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace fanout {
namespace {

constexpr std::size_t kRecords = 32 << 10;  // bytes, a power of two: 2,048 switches between two calls of drain()

std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

int open_counter() {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_DUMMY;
  attr.context_switch = 1;
  attr.exclude_kernel = 1;  // all that perf_event_paranoid=2 gives to everybody
  attr.exclude_hv = 1;
  attr.sample_id_all = 1;
  attr.sample_type = PERF_SAMPLE_TIME;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  return static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

ContextSwitch::Kind kind_of(unsigned misc) {
  if ((misc & PERF_RECORD_MISC_SWITCH_OUT) == 0) return ContextSwitch::Kind::in;
  return (misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0 ? ContextSwitch::Kind::preempted
                                                           : ContextSwitch::Kind::blocked;
}

}  // namespace

ContextSwitches::ContextSwitches() : descriptor_(open_counter()) {
  if (descriptor_.get() < 0) {
    error_ = errno;
    return;
  }
  void* pages = mmap(nullptr, page() + kRecords, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(), 0);
  if (pages == MAP_FAILED) {
    error_ = errno;
    return;
  }
  pages_ = pages;
  head_ = &static_cast<const perf_event_mmap_page*>(pages)->data_head;
}

ContextSwitches::~ContextSwitches() {
  if (pages_ != nullptr) munmap(pages_, page() + kRecords);
}

void ContextSwitches::read(const std::function<void(const ContextSwitch&)>& take) {
  const char* records = static_cast<const char*>(pages_) + page();
  const auto copy = [&](std::uint64_t from, void* to, std::size_t bytes) {  // the ring's end may be in the middle
    for (std::size_t i = 0; i < bytes; ++i) static_cast<char*>(to)[i] = records[(from + i) % kRecords];
  };
  for (const std::uint64_t head = __atomic_load_n(head_, __ATOMIC_ACQUIRE); tail_ < head;) {
    perf_event_header header{};
    copy(tail_, &header, sizeof header);
    if (header.size < sizeof header) break;  // never, unless memory is broken: it would not end
    if (header.type == PERF_RECORD_SWITCH) {
      std::uint64_t at = 0;
      copy(tail_ + sizeof header, &at, sizeof at);
      take({static_cast<std::int64_t>(at), kind_of(header.misc)});
    } else if (header.type == PERF_RECORD_LOST) {
      take({0, ContextSwitch::Kind::lost});
    }
    tail_ += header.size;
  }
  __atomic_store_n(&static_cast<perf_event_mmap_page*>(pages_)->data_tail, tail_, __ATOMIC_RELEASE);
}

}  // namespace fanout
