#include "acrtc/dataset/dataset.hpp"

namespace acrtc::dataset {

const char* name(Split split) { return split == Split::train ? "train" : "test"; }

}  // namespace acrtc::dataset
