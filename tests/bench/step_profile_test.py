"""What samples of a profile are for.

Run: /usr/bin/python3 -m unittest step_profile_test, in this folder.
"""
import unittest

from step_profile import part_of

STEP = "acrtc::train::TrainingRun::run_step (acrtc)"
GEMM = ["acrtc::reuse::(anonymous namespace)::run<unsigned short> (acrtc)", "acrtc::network::GemmRunner::run (acrtc)",
        "acrtc::network::GemmLayer::forward (acrtc)", "acrtc::network::Network::forward (acrtc)", STEP]


class PartOf(unittest.TestCase):
    def expect(self, part, *chain):
        self.assertEqual(part_of(list(chain)), part)

    def test_a_function_says_itself_what_it_is_for(self):
        self.expect("matrix multiplication", "jit_brgemm_kernel_t (perf.map)")
        self.expect("matrix multiplication", "acrtc::reuse::N_AVX3::MultiplyTile<8, 1> (acrtc)", *GEMM)
        self.expect("im2col, packing, comparison", "acrtc::reuse::N_AVX3::RowsOfProducts<4, false> (acrtc)", *GEMM)
        self.expect("storing results of GEMMs", "acrtc::reuse::N_AVX3::StorePixels (acrtc)", *GEMM)
        self.expect("LRN, softmax", "acrtc::network::N_AVX3::NormalizeResponses(acrtc::dense::LrnSpec const&) (acrtc)")

    def test_a_library_is_for_what_its_caller_is_for(self):
        self.expect("matrix multiplication", "[unknown] (libdnnl.so)", "acrtc::dense::Matmul::run (acrtc)", *GEMM)
        self.expect("LRN, softmax", "[unknown] (libdnnl.so)", "acrtc::dense::LogSoftmax::forward (acrtc)", STEP)
        self.expect("im2col, packing, comparison", "__memmove_avx512 (libc.so)", *GEMM)
        self.expect("reading samples", "__memmove_avx512 (libc.so)", "acrtc::dataset::ByteImages::read (acrtc)")
        self.expect("layers without products", "clear_page ([kernel])", "acrtc::network::derectify (acrtc)", STEP)

    def test_what_all_parts_use_is_for_who_used_it(self):
        rounding = "acrtc::reuse::N_AVX3::RoundInto (acrtc)"
        self.expect("rounding weights", rounding, "acrtc::network::PackedWeight::update (acrtc)", *GEMM[2:])
        self.expect("storing results of GEMMs", rounding, "acrtc::reuse::Col2im::store (acrtc)", *GEMM)
        turning = "acrtc::reuse::N_AVX3::TransposeRows<unsigned short> (acrtc)"
        self.expect("storing results of GEMMs", turning, "acrtc::network::WeightGradientResult::put_transposed (acrtc)")
        self.expect("im2col, packing, comparison", turning, "acrtc::reuse::pack_panel<unsigned short> (acrtc)", *GEMM)

    def test_arguments_do_not_count(self):
        self.expect("layers without products", "acrtc::network::N_AVX3::AddSums(acrtc::reuse::ValuesOf<float>) (acrtc)")
        self.expect("optimizer and gradient sum", "std::_Function_handler<void (long), acrtc::train::(anonymous namespace)"
                    "::Sgd::step(acrtc::network::ParameterStore&)> (acrtc)")

    def test_where_no_caller_is_known(self):
        self.expect("calls of oneDNN", "jit_uni_kernel (perf.map)")
        self.expect("operating system", "schedule ([kernel.kallsyms])")
        self.expect("other", "main (libc.so)")


if __name__ == "__main__":
    unittest.main()
