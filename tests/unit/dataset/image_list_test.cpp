#include "acrtc/dataset/image_list.hpp"

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

class ImageLists : public ::testing::Test {
 protected:
  void add(const std::string& path) {
    std::filesystem::create_directories((directory_ / path).parent_path());
    write_plain(directory_ / path, {1});
  }
  ImageList read(const std::string& text) {
    write_text(directory_ / "train.txt", text);
    return read_image_list(directory_ / "train.txt", "root");
  }
  std::string failure(const std::string& text) {
    return user_error([&] { read(text); });
  }
  TemporaryDirectory directory_;
};

TEST(ImageFiles, AreToldByTheirEnding) {
  for (const char* ending : {".jpg", ".jpeg", ".JPEG", ".JPG"}) EXPECT_TRUE(is_jpeg_ending(ending)) << ending;
  for (const char* ending : {"", "jpg", ".png", ".jpg2", ".jp"}) EXPECT_FALSE(is_jpeg_ending(ending)) << ending;
}

TEST_F(ImageLists, LabelSortedFolders) {
  for (const char* path : {"n02/b.JPEG", "n02/a.jpg", "n01/z.jpeg", "n01/notes.txt", "readme.md"}) add(path);
  const auto classes = class_folders(directory_.path());
  EXPECT_THAT(classes, ElementsAre("n01", "n02"));
  const ImageList list = list_folders(directory_.path(), classes);
  ASSERT_EQ(list.size(), 3);
  EXPECT_EQ(list.path(0), directory_ / "n01/z.jpeg");
  EXPECT_EQ(list.path(2), directory_ / "n02/b.JPEG");
  EXPECT_THAT(list.labels(), ElementsAre(0, 1, 1));
}

TEST_F(ImageLists, RefuseFoldersThatDoNotMatchTheClasses) {
  add("n01/a.jpg");
  add("n03/a.jpg");
  std::filesystem::create_directory(directory_ / "n02");
  EXPECT_THAT(user_error([&] {
                list_folders(directory_.path(), {"n01", "n02", "n03"});
              }),
              HasSubstr("n02' holds no .JPEG"));
  EXPECT_THAT(user_error([&] { list_folders(directory_.path(), {"n01", "n02"}); }), HasSubstr("n03' is of no class"));
  EXPECT_THAT(user_error([&] { class_folders(directory_ / "none"); }), HasSubstr("cannot list"));
}

TEST_F(ImageLists, AreReadFromLines) {
  const ImageList list = read("n01/a b.JPEG 3\r\nval_1.JPEG   0\n");
  ASSERT_EQ(list.size(), 2);
  EXPECT_EQ(list.path(0), "root/n01/a b.JPEG");
  EXPECT_EQ(list.path(1), "root/val_1.JPEG");
  EXPECT_THAT(list.labels(), ElementsAre(3, 0));
  EXPECT_EQ(read("a.JPEG 0\n\n \n").size(), 1) << "as tables of numbers";
}

TEST_F(ImageLists, RefuseBrokenLines) {
  EXPECT_THAT(failure("a.JPEG 0\nb.JPEG\n"), AllOf(HasSubstr("train.txt'"), HasSubstr("line 2: 'b.JPEG' is no file")));
  EXPECT_THAT(failure("a.JPEG -1\n"), HasSubstr("line 1: label '-1'"));
  EXPECT_THAT(failure("a.JPEG 99999999999\n"), HasSubstr("label '99999999999'"));
  EXPECT_THAT(failure("   7\n"), HasSubstr("no file name"));
  EXPECT_THAT(failure(""), HasSubstr("lists no images"));
  EXPECT_THAT(failure("a.JPEG 0\n\nb.JPEG 1\n"), HasSubstr("line 3: follows an empty line"));
}

}  // namespace
}  // namespace acrtc::dataset
