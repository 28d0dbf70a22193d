// benchmarks/suite/programs/hits.cpp: HITS with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

using sennit::Array;

// A matrix in compressed rows.
struct Matrix {
  Matrix(const sennit::Runtime& runtime, int rows, int elements)
      : starts(runtime.array<int>({rows + 1})),
        columns(runtime.array<int>({elements})),
        values(runtime.array<int>({elements})) {}
  Array<int> starts, columns, values;
};

// One of the two vectors of scores: before and after a step.
struct Scores {
  Scores(const sennit::Runtime& runtime, int count)
      : now(runtime.array<float>({count})),
        next(runtime.array<float>({count})),
        norm(runtime.array<float>({1})),
        next_row(runtime.array<int>({1})) {}
  Array<float> now, next, norm;
  Array<int> next_row;
};

class HitsProgram : public Implementation {
 public:
  HitsProgram(const Hits& problem, const sennit::Runtime& runtime, Shape shape)
      : grid_{shape.blocks},
        block_{shape.threads},
        n_(problem.n),
        spmv_(runtime.kernel(kernel_source("hits.cu"), "spmv")),
        sum_(runtime.kernel(kernel_source("hits.cu"), "sum")),
        divide_(runtime.kernel(kernel_source("hits.cu"), "divide")),
        graph_(runtime, n_, problem.edges()),
        transposed_(runtime, n_, problem.edges()),
        authority_(runtime, n_),
        hub_(runtime, n_) {}

  void reset(const InputSet& set) override {
    write_on_host(graph_.starts, set.inputs[Hits::kStarts].as<int>());
    write_on_host(graph_.columns, set.inputs[Hits::kColumns].as<int>());
    write_on_host(graph_.values, set.inputs[Hits::kValues].as<int>());
    write_on_host(transposed_.starts, set.inputs[Hits::kStartsT].as<int>());
    write_on_host(transposed_.columns, set.inputs[Hits::kColumnsT].as<int>());
    write_on_host(transposed_.values, set.inputs[Hits::kValuesT].as<int>());
    write_on_host(authority_.now, set.inputs[Hits::kAuthority].as<float>());
    write_on_host(hub_.now, set.inputs[Hits::kHub].as<float>());
    for (const Scores* scores : {&authority_, &hub_}) {
      scores->norm[0] = 0;
      scores->next_row[0] = 0;
    }
  }

  void submit() override {
    for (int step = 0; step < Hits::kSteps; ++step) {
      multiply(transposed_, hub_, authority_);
      multiply(graph_, authority_, hub_);
      sum_(grid_, block_)(authority_.next, authority_.norm, n_);
      sum_(grid_, block_)(hub_.next, hub_.norm, n_);
      divide_(grid_, block_)(authority_.next, authority_.now, authority_.norm, n_);
      divide_(grid_, block_)(hub_.next, hub_.now, hub_.norm, n_);
      for (const Scores* scores : {&authority_, &hub_}) {
        scores->norm.fill(0);
        scores->next_row.fill(0);
      }
    }
  }

  void finish(std::span<double> first) override {
    first[Hits::kAuthorities] = authority_.now[0];
    first[Hits::kHubs] = hub_.now[0];
  }

  void read(std::size_t output, HostData& values) override {
    read_into(output == Hits::kAuthorities ? authority_.now : hub_.now, values);
  }

 private:
  void multiply(const Matrix& matrix, const Scores& from, const Scores& to) {
    spmv_(grid_, block_)(to.next_row, matrix.starts, matrix.columns, matrix.values, from.now,
                         to.next, n_);
  }

  sennit::Dim3 grid_, block_;
  int n_;
  sennit::Kernel spmv_, sum_, divide_;
  Matrix graph_, transposed_;
  Scores authority_, hub_;
};

}  // namespace

std::unique_ptr<Implementation> hits_program(const Problem& problem, const sennit::Runtime& runtime,
                                             Shape shape) {
  return std::make_unique<HitsProgram>(dynamic_cast<const Hits&>(problem), runtime, shape);
}

}  // namespace suite
