#include "acrtc/record/gemm_file.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "acrtc/base/error.hpp"

namespace acrtc::record {
namespace {

using store::Dataset;
using store::Group;

void list_gemms(const Group& group, const std::string& path, std::vector<std::string>& out) {
  if (!path.empty() && group.contains("A") && group.contains("B")) out.push_back(path);
  for (const std::string& name : group.groups())
    list_gemms(group.group(name), path.empty() ? name : path + "/" + name, out);
}

Matrix read_matrix(const Group& group, const char* name) {
  if (!group.contains(name))
    throw UserError(group.describe() + " holds no GEMM", "it has no dataset '" + std::string(name) + "'");
  const Dataset dataset = group.dataset(name);
  const std::vector<std::int64_t> shape = dataset.shape();
  if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1)
    throw UserError("cannot read " + dataset.describe(), "it is no matrix");
  return {shape[0], shape[1], dataset.read<float>()};
}

void write_matrix(Group& group, const char* name, const Matrix& matrix) {
  group.create(name, std::span<const float>(matrix.values), {matrix.rows, matrix.cols});
}

template <class T>
void read_attribute(const Group& group, const char* name, T& value) {
  if (group.has_attribute(name)) value = group.attribute_as<T>(name);
}

Group make_group(store::File& file, const std::string& path) {
  Group group = file.root();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    group = group.contains(name) ? group.group(name) : group.create_group(name);
    begin = end + 1;
  }
  return group;
}

std::string shape_text(const Matrix& matrix) { return std::to_string(matrix.rows) + "x" + std::to_string(matrix.cols); }

Group write_problem(store::File& file, const GemmProblem& problem) {
  Group group = make_group(file, problem.name);
  write_matrix(group, "A", problem.a);
  write_matrix(group, "B", problem.b);
  group.set_attribute("format", std::string(reuse::name(problem.format)));
  group.set_attribute("window", problem.window);
  group.set_attribute("lanes", problem.lanes);
  group.set_attribute("supply", problem.supply);
  group.set_attribute("granularity", problem.granularity);
  group.set_attribute("strength", std::int64_t{problem.strength.level});
  return group;
}

}  // namespace

std::vector<std::string> gemm_names(const store::File& file) {
  std::vector<std::string> names;
  list_gemms(file.root(), "", names);
  if (names.empty())
    throw UserError("'" + file.path().string() + "' holds no GEMM", "no group has datasets 'A' and 'B'",
                    "give each GEMM a group with both");
  return names;
}

GemmProblem read_gemm(const store::File& file, const std::string& name) {
  const Group group = file.root().group(name);
  GemmProblem problem;
  problem.name = name;
  problem.a = read_matrix(group, "A");
  problem.b = read_matrix(group, "B");
  if (problem.a.cols != problem.b.rows)
    throw UserError("the operands in " + group.describe() + " do not fit",
                    "A is " + shape_text(problem.a) + ", B is " + shape_text(problem.b));
  std::string format = reuse::name(problem.format);
  std::int64_t strength = problem.strength.level;
  read_attribute(group, "format", format);
  read_attribute(group, "window", problem.window);
  read_attribute(group, "lanes", problem.lanes);
  read_attribute(group, "supply", problem.supply);
  read_attribute(group, "granularity", problem.granularity);
  read_attribute(group, "strength", strength);
  problem.format = reuse::parse_format(format);
  problem.strength = {static_cast<int>(strength)};
  return problem;
}

void write_gemm(store::File& file, const GemmProblem& problem) { write_problem(file, problem); }

void write_gemm(store::File& file, const GemmProblem& problem, const GemmOutcome& outcome) {
  Group group = write_problem(file, problem);
  write_matrix(group, "A_reused", outcome.a_reused);
  write_matrix(group, "C", outcome.c);
  for (const reuse::CountField& field : reuse::count_fields)
    group.set_attribute(field.name, static_cast<std::int64_t>(outcome.count.*field.member));
  group.set_attribute("adds_dense", static_cast<std::int64_t>(outcome.count.mults_dense));
}

}  // namespace acrtc::record
