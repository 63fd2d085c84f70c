#include "acrtc/store/object.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "node.hpp"

namespace acrtc::store {
namespace {

// What the dimension scales interface keeps for itself.
constexpr std::array<std::string_view, 5> scale_attributes{"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST",
                                                           "DIMENSION_LABELS"};

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not deduce aggregates

struct Encoded {
  Handle type, space;
  std::vector<const char*> texts;
  const void* data;
};

Encoded encode_texts(std::vector<const char*> texts, Handle space) {
  Encoded encoded{text_type(), std::move(space), std::move(texts), nullptr};
  encoded.data = encoded.texts.data();
  return encoded;
}

Encoded encode(const Attribute& value) {
  const auto scalar = [] { return Handle(H5Screate(H5S_SCALAR), H5Sclose); };
  return std::visit(Overloaded{
                        [&](const std::string& text) { return encode_texts({text.c_str()}, scalar()); },
                        [&](const std::int64_t& x) {
                          return Encoded{{H5Tcopy(H5T_STD_I64LE), H5Tclose}, scalar(), {}, &x};
                        },
                        [&](const double& x) {
                          return Encoded{{H5Tcopy(H5T_IEEE_F64LE), H5Tclose}, scalar(), {}, &x};
                        },
                        [&](const std::vector<std::string>& list) {
                          std::vector<const char*> texts;
                          for (const auto& text : list) texts.push_back(text.c_str());
                          const hsize_t size = list.size();
                          return encode_texts(std::move(texts), Handle(H5Screate_simple(1, &size, nullptr), H5Sclose));
                        },
                    },
                    value);
}

/// Texts of fixed length, as other programs write them; padding is cut off.
std::vector<std::string> read_fixed_text(const Attempt& attempt, hid_t attribute, hid_t type, std::size_t count) {
  const std::size_t size = H5Tget_size(type);
  std::vector<char> buffer(size * count);
  attempt(H5Aread(attribute, type, buffer.data()));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(buffer.data() + i * size, size);
    text.erase(std::min(text.find('\0'), text.size()));
    if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

Attribute read_texts(const Attempt& attempt, hid_t attribute, hid_t type, hid_t space) {
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  auto texts = H5Tis_variable_str(type) > 0
                   ? read_variable_text(type, space, [&](char** to) { attempt(H5Aread(attribute, type, to)); })
                   : read_fixed_text(attempt, attribute, type, count);
  if (H5Sget_simple_extent_type(space) == H5S_SCALAR) return std::move(texts.at(0));
  return texts;
}

template <class T>
Attribute read_number(const Attempt& attempt, hid_t attribute, hid_t type) {
  T value{};
  attempt(H5Aread(attribute, type, &value));
  return value;
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  if (std::ranges::find(scale_attributes, std::string_view(name)) == scale_attributes.end())
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

const std::string& Object::name() const { return node_->name; }

std::string Object::describe() const { return node_->describe(); }

void Object::set_attribute(const std::string& name, const Attribute& value) {
  const Attempt attempt = node_->creating("set an attribute of");
  if (has_attribute(name)) attempt(H5Adelete(node_->id, name.c_str()));
  const Encoded encoded = encode(value);
  const Handle attribute(
      attempt(H5Acreate2(node_->id, name.c_str(), encoded.type, encoded.space, H5P_DEFAULT, H5P_DEFAULT)), H5Aclose);
  if (encoded.data) attempt(H5Awrite(attribute, encoded.type, encoded.data));
}

bool Object::has_attribute(const std::string& name) const {
  const Attempt attempt = node_->reading("read the attributes of");
  return attempt(H5Aexists(node_->id, name.c_str())) > 0;
}

Attribute Object::attribute(const std::string& name) const {
  if (!has_attribute(name)) throw UserError("there is no attribute '" + name + "' of " + describe());
  const Attempt attempt = node_->reading("read an attribute of");
  const Handle attribute(attempt(H5Aopen(node_->id, name.c_str(), H5P_DEFAULT)), H5Aclose);
  const Handle type(attempt(H5Aget_type(attribute)), H5Tclose);
  const Handle space(attempt(H5Aget_space(attribute)), H5Sclose);
  const bool single = H5Sget_simple_extent_npoints(space) == 1;
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      return read_texts(attempt, attribute, type, space);
    case H5T_INTEGER:
      if (single) return read_number<std::int64_t>(attempt, attribute, H5T_NATIVE_INT64);
      break;
    case H5T_FLOAT:
      if (single) return read_number<double>(attempt, attribute, H5T_NATIVE_DOUBLE);
      break;
    default:
      break;
  }
  attempt.fail("'" + name + "' is neither text nor a single number");
}

std::vector<std::string> Object::attributes() const {
  const Attempt attempt = node_->reading("list the attributes of");
  std::vector<std::string> names;
  attempt(H5Aiterate2(node_->id, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names));
  return names;
}

}  // namespace acrtc::store
