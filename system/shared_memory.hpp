#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <type_traits>

namespace fanout {

/// Asks for memory as the kernel hands it out: zero, and on the NUMA node of whoever first writes to it.
struct Untouched {};

/// `count` value-initialised elements that forked children share with this process; unmapped at the end.
template <class T>
class SharedArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  explicit SharedArray(std::size_t count) : SharedArray(Map{}, count) {
    std::uninitialized_value_construct_n(data_, count);
  }
  SharedArray(std::size_t count, Untouched /*memory*/) requires std::is_trivially_default_constructible_v<T>
      : SharedArray(Map{}, count) {}
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() { munmap(data_, bytes_); }

  [[nodiscard]] std::span<T> span() const { return {data_, count_}; }
  T& operator[](std::size_t i) const { return data_[i]; }

 private:
  struct Map {};
  SharedArray(Map /*only*/, std::size_t count) : bytes_(std::max<std::size_t>(1, count * sizeof(T))), count_(count) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "shared memory");
    data_ = static_cast<T*>(memory);
  }

  std::size_t bytes_;
  std::size_t count_;
  T* data_;
};

/// One object that forked children share with this process.
template <class T>
class Shared {
 public:
  T* operator->() const { return &one_[0]; }
  T& operator*() const { return one_[0]; }

 private:
  SharedArray<T> one_{1};
};

}  // namespace fanout
