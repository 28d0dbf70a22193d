// benchmarks/suite/rivals/img.cpp: IMG by hand: large blur on lane 0, small on 1, unsharpen on 2.
#include "rivals/schedules.h"

namespace suite {

void schedule(const ImagePipeline& problem, Shape shape, Schedule& schedule) {
  using P = ImagePipeline;
  const int side = problem.side;
  const int pixels = problem.pixels();
  const auto kernel = [&](const char* name) { return schedule.function(P::kSource, name); };
  const auto picture = [&] { return schedule.scratch<float>(static_cast<std::size_t>(pixels)); };
  const auto blur = kernel("gaussian_blur");
  const auto sobel = kernel("sobel");
  const auto combine = kernel("combine");
  const Grid flat = linear(shape);
  const Grid tiled = square(shape);

  const DeviceBuffer image = schedule.constant(P::kImage);
  const DeviceBuffer small_mask = schedule.constant(P::kSmallMask);
  const DeviceBuffer large_mask = schedule.constant(P::kLargeMask);
  const DeviceBuffer unsharpen_mask = schedule.constant(P::kUnsharpenMask);
  const DeviceBuffer extremes = schedule.pack({P::kMaximum, P::kMinimum});
  const DeviceBuffer largest = schedule.input(P::kMaximum);
  const DeviceBuffer smallest = schedule.input(P::kMinimum);
  const DeviceBuffer small = picture(), large = picture(), unsharpened = picture();
  const DeviceBuffer small_edges = picture(), large_edges = picture();
  const DeviceBuffer sharp = picture(), mixed = picture(), result = picture();
  schedule.output(P::kPicture, result);
  schedule.set_before(result, 0xff);

  schedule.launch(0, blur, tiled, {}, image, large, side, side, large_mask, P::kLargeDiameter);
  const auto got_extremes = schedule.upload(3, extremes);
  schedule.launch(1, blur, tiled, {}, image, small, side, side, small_mask, P::kSmallDiameter);
  schedule.launch(2, blur, tiled, {}, image, unsharpened, side, side, unsharpen_mask,
                  P::kUnsharpenDiameter);
  const auto found_edges = schedule.launch(0, sobel, tiled, {}, large, large_edges, side, side);
  const auto small_done = schedule.launch(1, sobel, tiled, {}, small, small_edges, side, side);
  schedule.launch(0, kernel("maximum"), flat, {got_extremes}, large_edges, largest, pixels);
  const auto found_smallest =
      schedule.launch(3, kernel("minimum"), flat, {found_edges}, large_edges, smallest, pixels);
  const auto sharp_done = schedule.launch(2, kernel("unsharpen"), flat, {}, image, unsharpened,
                                          sharp, P::kAmount, pixels);
  schedule.launch(0, kernel("extend"), flat, {found_smallest}, large_edges, smallest, largest,
                  pixels);
  schedule.launch(0, combine, flat, {sharp_done}, sharp, large, large_edges, mixed, pixels);
  schedule.launch(0, combine, flat, {small_done}, mixed, small, small_edges, result, pixels);
  schedule.download_first(0, P::kPicture);
}

}  // namespace suite
