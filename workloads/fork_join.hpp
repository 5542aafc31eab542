#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fanout {

class Fork;

inline constexpr unsigned kDeepest = 5'000;

/// One branch of a task that is a tree: a function with whatever a class derived from this adds to it. It lies where
/// its parent has put it, on the parent's stack, until Fork::all() has returned. A branch within a branch is a call
/// within a call: they may nest kDeepest levels, if each takes no more than 300 bytes of stack.
struct Branch {
  using Call = void (*)(Branch& self, Fork& fork);

  explicit Branch(Call what) : call(what) {}
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  Call call;                            ///< with the Fork of the worker that runs it
  std::atomic<std::uint32_t> mark = 0;  ///< the executor's own: 0 at first
};

/// A branch that is a function object of class B, derived from this, called with the Fork.
template <class B>
struct BranchOf : Branch {
  BranchOf() : Branch([](Branch& self, Fork& fork) { static_cast<B&>(self)(fork); }) {}
};

/// The door by which a task spawns branches and waits for them. A Fork is a worker's: a branch is called with that of
/// the worker that runs it, and no other is to be used there.
class Fork {
 public:
  /// Branches side by side in memory, of one class that is derived from Branch.
  class Branches {
   public:
    template <std::derived_from<Branch> B>
    explicit Branches(std::span<B> branches)
        : first_(reinterpret_cast<std::byte*>(static_cast<Branch*>(branches.data()))),
          size_(branches.size()),
          stride_(sizeof(B)) {}

    [[nodiscard]] std::size_t size() const { return size_; }
    Branch& operator[](std::size_t i) const { return *reinterpret_cast<Branch*>(first_ + i * stride_); }

   private:
    std::byte* first_;
    std::size_t size_;
    std::size_t stride_;
  };

  Fork() = default;
  Fork(const Fork&) = delete;
  Fork& operator=(const Fork&) = delete;
  virtual ~Fork() = default;

  /// Runs every branch once, by whatever workers, and returns when all of them are done. After one that throws it
  /// throws, or returns with that one undone, when none is running any more; then run() of the executor throws.
  virtual void all(Branches branches) = 0;

  template <std::derived_from<Branch> B, std::size_t kExtent>
  void all(std::span<B, kExtent> branches) {
    all(Branches(std::span<B>(branches)));
  }

  /// The Fork of the worker that runs the task at hand; where an executor has set none, one that calls branches one
  /// after the other.
  static Fork& here();

  /// While it lives, `fork` is the calling thread's: round a task, by executors that have the door.
  class Scope {
   public:
    explicit Scope(Fork& fork) : outer_(current_) { current_ = &fork; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { current_ = outer_; }

   private:
    Fork* outer_;
  };

 private:
  static inline constinit thread_local Fork* current_ = nullptr;
};

/// Branches one after the other: the specification.
class SerialFork final : public Fork {
 public:
  using Fork::all;
  void all(Branches branches) override {
    for (std::size_t i = 0; i < branches.size(); ++i) branches[i].call(branches[i], *this);
  }
};

inline Fork& Fork::here() {
  static SerialFork serial;
  return current_ != nullptr ? *current_ : serial;
}

}  // namespace fanout
