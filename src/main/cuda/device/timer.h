// timer.h: how long the launches of one call take on the device, copies between them left out.
#pragma once

#include "device/device.h"

namespace sae {

class KernelTimer {
 public:
  KernelTimer() : start_(device::create_event()) {
    try {
      stop_ = device::create_event();
    } catch (...) {
      device::destroy_event(start_);
      throw;
    }
  }
  ~KernelTimer() {
    device::destroy_event(start_);
    device::destroy_event(stop_);
  }
  KernelTimer(const KernelTimer&) = delete;
  KernelTimer& operator=(const KernelTimer&) = delete;

  // Begins a call, whose launches are none yet.
  void restart() {
    seconds_ = 0.0;
    open_ = false;
    empty_ = true;
  }

  // Runs `launches`, which gives work to the stream, between two events. The host does not wait: their time is read
  // when the next ones come, or when it is asked for.
  template <class Launches>
  void time(device::Stream stream, Launches launches) {
    read();
    device::record(start_, stream);
    launches();
    device::record(stop_, stream);
    open_ = true;
    empty_ = false;
  }

  bool empty() const { return empty_; }

  double seconds() {
    read();
    return seconds_;
  }

 private:
  void read() {
    if (!open_) return;
    open_ = false;
    seconds_ += device::milliseconds_between(start_, stop_) / 1e3;
  }

  device::Event start_, stop_ = nullptr;
  double seconds_ = 0.0;
  bool open_ = false, empty_ = true;
};

}  // namespace sae
