#include "acrtc/dataset/number_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "acrtc/base/error.hpp"
#include "unit/dataset/made_up.hpp"
#include "unit/dataset/temporary_files.hpp"

namespace acrtc::dataset {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Numbers : public ::testing::Test {
 protected:
  NumberTable read(const std::string& text, std::int64_t columns = 2) {
    write_text(file_, text);
    return read_numbers(file_, columns, 100'000);
  }
  std::string failure(const std::string& text) {
    return user_error([&] { read(text); });
  }
  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "table.csv";
};

TEST_F(Numbers, AreReadWithBlanksAndAnyLineEnd) {
  EXPECT_THAT(read("-0.4394, 1.\r\n1e-2 ,\t26.\n\n").values, ElementsAre(-0.4394F, 1.0F, 0.01F, 26.0F));
  EXPECT_THAT(read("1,2").values, ElementsAre(1.0F, 2.0F)) << "the last line need not end";
  write_gzip(directory_ / "t.gz", {'7', '\n'});
  EXPECT_THAT(read_numbers(directory_ / "t.gz", 1, 1).values, ElementsAre(7.0F));
}

TEST_F(Numbers, OfLinesAcrossTheBufferAreWhole) {
  std::string text;
  for (int i = 0; i < 40000; ++i) text += std::to_string(i) + "," + std::to_string(i + 1) + "\n";
  const NumberTable table = read(text);
  ASSERT_EQ(table.rows(), 40000);
  for (std::int64_t r = 0; r < table.rows(); ++r) EXPECT_EQ(table.row(r)[1], static_cast<float>(r + 1));
}

TEST_F(Numbers, OfAnotherNumberAreRefused) {
  EXPECT_THAT(failure("1,2\n3\n"), AllOf(HasSubstr(file_.string()), HasSubstr("line 2: 1 numbers, expected 2")));
  EXPECT_THAT(failure("1,2,3\n"), HasSubstr("line 1: more numbers than expected, 2"));
  EXPECT_THAT(failure(""), HasSubstr("holds no numbers"));
  EXPECT_THAT(failure("1,2\n\n3,4\n"), HasSubstr("line 3: follows an empty line"));
}

TEST_F(Numbers, ThatAreNoneAreRefused) {
  EXPECT_THAT(failure("1,2\n1,two\n"), HasSubstr("line 2: number 2, 'two', is no number"));
  EXPECT_THAT(failure("1,nan\n"), HasSubstr("is not finite"));
  EXPECT_THAT(failure("-inf,1\n"), HasSubstr("is not finite"));
  EXPECT_THAT(failure("1e50,1\n"), HasSubstr("is beyond FP32"));
  EXPECT_THAT(failure("1,\n"), HasSubstr("number 2, '', is no number"));
  EXPECT_THAT(failure("1 2,3\n"), HasSubstr("'1 2'"));
  EXPECT_THAT(failure(std::string("\x1b[2J\0,1\n", 8)), HasSubstr("'?[2J?'")) << "a terminal survives the message";
}

TEST_F(Numbers, OfMoreLinesThanExpectedAreNotRead) {
  write_text(file_, "1\n2\n3\nnone\n");
  EXPECT_THAT(user_error([&] { read_numbers(file_, 1, 2); }), HasSubstr("line 3: more lines than expected, 2"));
  write_text(file_, "1\n2\n\n\n");
  EXPECT_EQ(read_numbers(file_, 1, 2).rows(), 2);
}

TEST_F(Numbers, LinesWithoutEndAreRefused) {
  EXPECT_THAT(failure(std::string(100000, '1')), HasSubstr("line 1: longer than 64 KiB"));
}

TEST_F(Numbers, LabelsAreIntegersInRange) {
  const NumberTable table = read("1,26.\n1,27\n1,2.5\n1,-3\n");
  EXPECT_EQ(table.integer(0, 1, "label", 1, 26), 26);
  EXPECT_THAT(user_error([&] { table.integer(1, 1, "label", 1, 26); }),
              AllOf(HasSubstr(file_.string()), HasSubstr("line 2: label 27.0 is no integer from 1 to 26")));
  EXPECT_THROW(table.integer(2, 1, "label", 1, 26), UserError);
  EXPECT_THROW(table.integer(3, 1, "label", 1, 26), UserError);
}

}  // namespace
}  // namespace acrtc::dataset
