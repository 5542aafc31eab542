#include <algorithm>
#include <cmath>

#include "workloads/digest.hpp"
#include "workloads/slowed.hpp"
#include "workloads/workload.hpp"

namespace fanout {
namespace {

/// A kernel is a workload whose tasks are told apart by their index alone: a task function, and a second route to the
/// same digests.
class Kernel : public Workload {
 public:
  Kernel(std::size_t tasks, std::uint64_t size) : tasks_(tasks), size_(size) {}

  std::size_t tasks() const final { return tasks_; }

  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const final {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], task(i));
  }

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) digests[i] = reference(i);
    return digests;
  }

 protected:
  virtual std::uint64_t task(std::size_t i) const = 0;
  virtual std::uint64_t reference(std::size_t /*i*/) const { return 0; }

  std::size_t tasks_;
  std::uint64_t size_;
};

/// Counts the primes among `size` consecutive numbers, by trial division. The numbers start high, so that the last task
/// divides hardly longer than the first. The reference is the sieve of Eratosthenes.
class Primes final : public Kernel {
 public:
  using Kernel::Kernel;

  std::vector<std::uint64_t> expected() const override {
    const std::uint64_t end = kStart + tasks_ * size_;
    const auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(end))) + 1;
    std::vector<bool> composite(tasks_ * size_);
    for (std::uint64_t divisor = 2; divisor <= root; ++divisor) {
      const std::uint64_t multiple = std::max(divisor * divisor, (kStart + divisor - 1) / divisor * divisor);
      for (std::uint64_t n = multiple; n < end; n += divisor) composite[n - kStart] = true;
    }
    std::vector<std::uint64_t> digests(tasks_);
    for (std::uint64_t n = 0; n < composite.size(); ++n) digests[n / size_] += composite[n] ? 0 : 1;
    return digests;
  }

 private:
  static constexpr std::uint64_t kStart = 10'000'000;

  static bool is_prime(std::uint64_t n) {
    if (n % 2 == 0) return n == 2;
    for (std::uint64_t divisor = 3; divisor * divisor <= n; divisor += 2) {
      if (n % divisor == 0) return false;
    }
    return n > 1;
  }

  std::uint64_t task(std::size_t i) const override {
    std::uint64_t count = 0;
    for (std::uint64_t n = kStart + i * size_; n < kStart + (i + 1) * size_; ++n) count += is_prime(n) ? 1 : 0;
    return count;
  }
};

/// A row of `size` points of the Mandelbrot set, [-2, 1] x [-1.2, 1.2]: rows near the middle take longest. The set is
/// its own mirror image, so the reference of a row is the row mirrored on the real axis, computed from its right end.
class Mandelbrot final : public Kernel {
 public:
  using Kernel::Kernel;

 private:
  static constexpr int kIterations = 256;

  static std::uint64_t escape_time(double real, double imaginary) {
    double x = 0;
    double y = 0;
    for (std::uint64_t n = 0; n < kIterations; ++n) {
      const double xx = x * x;
      const double yy = y * y;
      if (xx + yy > 4) return n;
      y = 2 * x * y + imaginary;
      x = xx - yy + real;
    }
    return kIterations;
  }

  double real(std::uint64_t column) const { return -2 + 3 * static_cast<double>(column) / static_cast<double>(size_); }

  /// Rows i and tasks - 1 - i are exact negatives of each other, in floating point too.
  double imaginary(std::size_t row) const {
    const auto rows = static_cast<double>(tasks_);
    return 1.2 * (2 * static_cast<double>(row) + 1 - rows) / rows;
  }

  std::uint64_t task(std::size_t i) const override {
    std::uint64_t digest = 0;
    for (std::uint64_t column = 0; column < size_; ++column)
      digest += mix(column) * escape_time(real(column), imaginary(i));
    return digest;
  }

  std::uint64_t reference(std::size_t i) const override {
    std::uint64_t digest = 0;
    for (std::uint64_t column = size_; column-- > 0;)
      digest += mix(column) * escape_time(real(column), imaginary(tasks_ - 1 - i));
    return digest;
  }
};

/// A row of the product of two `size` x `size` matrices of small whole numbers, exact in double. Its digest weighs the
/// row's elements with a vector r, so that the reference is A (B r): Freivalds' check, without forming the product.
class MatmulKernel final : public Kernel {
 public:
  MatmulKernel(std::size_t tasks, std::uint64_t size, std::uint64_t seed)
      : Kernel(tasks, size), a_(matrix(seed)), b_(matrix(seed + 1)), weights_(matrix(seed + 2)) {}

  std::vector<std::uint64_t> expected() const override {
    std::vector<std::uint64_t> br(size_);
    for (std::size_t k = 0; k < size_; ++k) {
      for (std::size_t j = 0; j < size_; ++j) br[k] += whole(b_[k * size_ + j]) * whole(weights_[j]);
    }
    std::vector<std::uint64_t> digests(tasks_);
    for (std::size_t i = 0; i < tasks_; ++i) {
      for (std::size_t k = 0; k < size_; ++k) digests[i] += whole(a_[(i % size_) * size_ + k]) * br[k];
    }
    return digests;
  }

 private:
  static std::uint64_t whole(double value) { return static_cast<std::uint64_t>(value); }

  std::vector<double> matrix(std::uint64_t seed) const {
    std::vector<double> elements(size_ * size_);
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<double>(mix(seed ^ mix(i)) % 256);
    return elements;
  }

  std::uint64_t task(std::size_t i) const override {
    std::vector<double> row(size_);
    for (std::size_t k = 0; k < size_; ++k) {
      const double factor = a_[(i % size_) * size_ + k];
      for (std::size_t j = 0; j < size_; ++j) row[j] += factor * b_[k * size_ + j];
    }
    std::uint64_t digest = 0;
    for (std::size_t j = 0; j < size_; ++j) digest += whole(row[j]) * whole(weights_[j]);
    return digest;
  }

  std::vector<double> a_;
  std::vector<double> b_;
  std::vector<double> weights_;
};

/// Counts the points of one column of a grid that lie within a quarter circle of radius `size`, one by one: four times
/// the mean over the columns, over the radius, tends to pi. The reference takes a square root instead.
class Pi final : public Kernel {
 public:
  using Kernel::Kernel;

 private:
  std::uint64_t column(std::size_t i) const { return i * size_ / tasks_; }

  std::uint64_t task(std::size_t i) const override {
    const std::uint64_t x = column(i);
    std::uint64_t inside = 0;
    for (std::uint64_t y = 0; y < size_; ++y) inside += x * x + y * y < size_ * size_ ? 1 : 0;
    return inside;
  }

  std::uint64_t reference(std::size_t i) const override {
    const std::uint64_t square = size_ * size_ - column(i) * column(i);
    auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(square)));
    while (root * root >= square) --root;  // the largest root below the circle: sqrt of a large integer rounds
    while ((root + 1) * (root + 1) < square) ++root;
    return root + 1;
  }
};

void check_math(const Values& values) {
  const std::int64_t size = values.number("size");
  const std::string asked = "--set=math.size=" + std::to_string(size) + ": ";
  if (values.text("kernel") == "matmul" && size > 4096) throw UsageError(asked + "matmul takes 1 .. 4096");
  if (values.text("kernel") == "primes" && values.number("tasks") * size > 1'000'000'000)
    throw UsageError(asked + "primes takes tasks x size up to 1000000000");
}

std::unique_ptr<Workload> build_kernel(const Values& values, std::uint64_t seed) {
  const auto tasks = static_cast<std::size_t>(values.number("tasks"));
  const auto size = static_cast<std::uint64_t>(values.number("size"));
  const std::string& kernel = values.text("kernel");
  if (kernel == "mandelbrot") return make_workload<Mandelbrot>(tasks, size);
  if (kernel == "matmul") return make_workload<MatmulKernel>(tasks, size, seed);
  if (kernel == "pi") return make_workload<Pi>(tasks, size);
  return make_workload<Primes>(tasks, size);
}

std::unique_ptr<Workload> build_math(const Values& values, std::uint64_t seed) {
  return slowed(build_kernel(values, seed), values.number("slowdown"));
}

const Workloads::Add math_added{WorkloadEntry{
    .name = "math",
    .help = "CPU-bound kernels: primes, matmul and pi have even tasks, mandelbrot uneven ones",
    .parameters = {Parameter::choice("kernel", "what is computed", {"primes", "mandelbrot", "matmul", "pi"}),
                   Parameter::count("tasks", "tasks in a batch: ranges of numbers, rows or columns", "tasks", 256, 0,
                                    1'000'000)
                       .as(role::kTasks)
                       .briefly("64"),
                   Parameter::count("size", "work in a task: numbers, points of a row, matrix order, radius", "", 0, 1,
                                    1'000'000)
                       .sized_for({{"primes", "200"}, {"mandelbrot", "256"}, {"matmul", "400"}, {"pi", "100000"}})
                       .as(role::kSize),
                   slowdown_parameter()},
    .check = check_math,
    .build = build_math}};

}  // namespace
}  // namespace fanout
