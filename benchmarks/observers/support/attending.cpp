#include "benchmarks/observers/support/attending.hpp"

#include <utility>

namespace fanout {

class Attending::AttendedLane final : public Lane {
 public:
  AttendedLane(const Attending& attending, std::unique_ptr<Lane> lane)
      : attending_(attending), lane_(std::move(lane)) {}

  boost::asio::awaitable<void> run(std::size_t task, std::span<std::uint64_t> out) override {
    attending_.attend();
    return lane_->run(task, out);
  }

 private:
  const Attending& attending_;
  std::unique_ptr<Lane> lane_;
};

std::unique_ptr<AsyncWorkload::Lane> Attending::lane() const {
  coroutines_ = true;
  return std::make_unique<AttendedLane>(*this, inner().async()->lane());
}

}  // namespace fanout
