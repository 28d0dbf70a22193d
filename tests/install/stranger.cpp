// tests/install/stranger.cpp: a program that knows sennit as it is installed.
#include <cstdio>
#include <sennit/sennit.hpp>

int main() {
  const sennit::Runtime runtime("virtual");
  const auto x = runtime.array<int>({3});
  x[1] = 7;
  std::printf("%d %d\n", static_cast<int>(x[0]), static_cast<int>(x[1]));
}
