#include "CSimdJSON.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using simdjson::dom::array;
using simdjson::dom::document;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;
using simdjson::dom::parser;

struct csj_document {
    document parsed;
    // The strings that replace numbers beyond range, in their order in memory.
    std::vector<const char *> wide;
};

namespace {

// A parser keeps scratch memory of about five times its largest text; for a longer text than this a temporary parser is used.
constexpr size_t kept_capacity = 256 * 1024;

static_assert(sizeof(element) == sizeof(csj_value), "an element is a document pointer and a tape index");
static_assert(sizeof(array::iterator) == sizeof(csj_cursor), "an iterator is a document pointer and a tape index");
static_assert(sizeof(object::iterator) == sizeof(csj_cursor), "an iterator is a document pointer and a tape index");

template <typename To, typename From> To bits(From from) {
    static_assert(sizeof(To) == sizeof(From) && std::is_trivially_copyable_v<To> && std::is_trivially_copyable_v<From>);
    To to;
    std::memcpy(static_cast<void *>(&to), static_cast<const void *>(&from), sizeof(To));
    return to;
}

element as_element(csj_value value) { return bits<element>(value); }
csj_value as_value(element value) { return bits<csj_value>(value); }

simdjson::error_code parse(document &into, const uint8_t *bytes, size_t length) {
    if (length == 0) return simdjson::EMPTY; // simdjson would copy from a null pointer
    if (length > kept_capacity) {
        parser once;
        return once.parse_into_document(into, bytes, length, true).error();
    }
    thread_local parser kept;
    return kept.parse_into_document(into, bytes, length, true).error();
}

int hex4(const char *text) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

// The code unit of a \uXXXX escape at `at`, or -1.
int escaped_unit(const std::string &text, size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    return hex4(text.data() + at + 2);
}

// Whether the text is a number by JSON's grammar, of any size.
bool is_number(const std::string &text) {
    size_t at = text[0] == '-';
    auto digits = [&] {
        size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++;
        return at - from;
    };
    bool leading_zero = at < text.size() && text[at] == '0';
    size_t whole = digits();
    if (whole == 0 || (leading_zero && whole > 1)) return false;
    if (at < text.size() && text[at] == '.') {
        at++;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) at++;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

bool fits(const std::string &number) {
    if (number.find_first_of(".eE") != std::string::npos) return std::isfinite(std::strtod(number.c_str(), nullptr));
    errno = 0;
    if (number[0] == '-')
        std::strtoll(number.c_str(), nullptr, 10);
    else
        std::strtoull(number.c_str(), nullptr, 10);
    return errno != ERANGE;
}

// Copies one escape of a string from `at` and returns where it ends; half of a surrogate pair becomes U+FFFD.
size_t repair_escape(const std::string &in, size_t at, std::string &out) {
    int unit = escaped_unit(in, at);
    bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
    int next = high ? escaped_unit(in, at + 6) : -1;
    bool pair = next >= 0xDC00 && next <= 0xDFFF;
    if ((high && !pair) || low) {
        out += "\\ufffd";
        return at + 6;
    }
    size_t length = pair ? 12 : 2;
    out.append(in, at, length);
    return at + length;
}

// Makes texts parseable that simdjson refuses although they occur as JSON in practice. `wide` receives the strings that were numbers, each
// as the number of strings before it, including names.
std::string repaired(const uint8_t *bytes, size_t length, std::vector<size_t> &wide) {
    std::string in(reinterpret_cast<const char *>(bytes), length), out;
    out.reserve(length + 64);
    bool inside = false;
    size_t strings = 0;
    for (size_t i = 0; i < in.size();) {
        char c = in[i];
        if (inside && c == '\\') {
            i = repair_escape(in, i, out);
        } else if (!inside && (c == '-' || (c >= '0' && c <= '9'))) {
            size_t end = in.find_first_not_of("0123456789+-.eE", i);
            std::string number = in.substr(i, end == std::string::npos ? end : end - i);
            bool is_wide = is_number(number) && !fits(number);
            if (is_wide) wide.push_back(strings++);
            out += is_wide ? '"' + number + '"' : number;
            i += number.size();
        } else {
            if (c == '"' && !inside) strings++;
            inside = c == '"' ? !inside : inside;
            out += c;
            i++;
        }
    }
    return out;
}

// Finds the strings in a value that replace numbers, in the order of the text. `passed` counts the strings before, including names.
void find_wide(element value, const std::vector<size_t> &ordinals, size_t &passed, std::vector<const char *> &wide) {
    array elements;
    object members;
    std::string_view text;
    if (!value.get_array().get(elements)) {
        for (element next : elements) find_wide(next, ordinals, passed, wide);
    } else if (!value.get_object().get(members)) {
        for (auto member : members) {
            passed++;
            find_wide(member.value, ordinals, passed, wide);
        }
    } else if (!value.get_string().get(text)) {
        if (wide.size() < ordinals.size() && ordinals[wide.size()] == passed) wide.push_back(text.data());
        passed++;
    }
}

// Whether two members of an object have the same name, which is returned in `name`.
bool repeats_name(object members, std::string_view &name) {
    std::vector<std::string_view> names;
    for (auto member : members) names.push_back(member.key);
    std::sort(names.begin(), names.end());
    auto found = std::adjacent_find(names.begin(), names.end());
    if (found == names.end()) return false;
    name = *found;
    return true;
}

// The path of the first repeated member, in `path`; false if there is none.
bool find_repeated(element value, std::string &path) {
    array elements;
    object members;
    std::string_view name;
    if (!value.get_array().get(elements)) {
        size_t index = 0;
        for (element next : elements) {
            if (find_repeated(next, path)) {
                path = "[" + std::to_string(index) + "]" + (path[0] == '[' ? "" : ".") + path;
                return true;
            }
            index++;
        }
    } else if (!value.get_object().get(members)) {
        if (repeats_name(members, name)) {
            path = name;
            return true;
        }
        for (auto member : members) {
            if (find_repeated(member.value, path)) {
                path = std::string(member.key) + (path[0] == '[' ? "" : ".") + path;
                return true;
            }
        }
    }
    return false;
}

} // namespace

csj_document *csj_parse(const uint8_t *bytes, size_t length, const char **reason) try {
    auto result = std::make_unique<csj_document>();
    auto error = parse(result->parsed, bytes, length);
    if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) {
        std::vector<size_t> wide;
        auto again = repaired(bytes, length, wide);
        error = parse(result->parsed, reinterpret_cast<const uint8_t *>(again.data()), again.size());
        size_t passed = 0;
        if (error == simdjson::SUCCESS && !wide.empty()) find_wide(result->parsed.root(), wide, passed, result->wide);
        std::sort(result->wide.begin(), result->wide.end());
    }
    if (error == simdjson::SUCCESS) return result.release();
    *reason = simdjson::error_message(error);
    return nullptr;
} catch (const std::bad_alloc &) {
    *reason = "out of memory";
    return nullptr;
}

void csj_free(csj_document *document) { delete document; }

csj_value csj_root(const csj_document *document) { return as_value(document->parsed.root()); }

bool csj_has_wide_numbers(const csj_document *document) { return !document->wide.empty(); }

bool csj_is_wide_number(const csj_document *document, csj_value value) {
    std::string_view text;
    if (as_element(value).get_string().get(text)) return false;
    return std::binary_search(document->wide.begin(), document->wide.end(), text.data());
}

csj_kind csj_kind_of(csj_value value) {
    switch (as_element(value).type()) {
    case element_type::ARRAY: return CSJ_ARRAY;
    case element_type::OBJECT: return CSJ_OBJECT;
    case element_type::INT64: return CSJ_INT;
    case element_type::UINT64: return CSJ_UINT;
    case element_type::DOUBLE: return CSJ_DOUBLE;
    case element_type::STRING: return CSJ_STRING;
    case element_type::BOOL: return CSJ_BOOL;
    case element_type::NULL_VALUE: return CSJ_NULL;
    }
    return CSJ_NULL;
}

bool csj_member(csj_value value, const char *key, size_t length, csj_value *out) {
    object members;
    element found;
    if (as_element(value).get_object().get(members)) return false;
    if (members.at_key(std::string_view(key, length)).get(found)) return false;
    *out = as_value(found);
    return true;
}

size_t csj_count(csj_value value) {
    array elements;
    object members;
    if (!as_element(value).get_array().get(elements)) return elements.size();
    if (!as_element(value).get_object().get(members)) return members.size();
    return 0;
}

csj_cursor csj_array_begin(csj_value value) {
    return bits<csj_cursor>(as_element(value).get_array().value_unsafe().begin());
}

bool csj_array_next(csj_value value, csj_cursor *cursor, csj_value *out) {
    auto at = bits<array::iterator>(*cursor);
    if (at == as_element(value).get_array().value_unsafe().end()) return false;
    *out = as_value(*at);
    *cursor = bits<csj_cursor>(++at);
    return true;
}

csj_cursor csj_object_begin(csj_value value) {
    return bits<csj_cursor>(as_element(value).get_object().value_unsafe().begin());
}

bool csj_object_next(csj_value value, csj_cursor *cursor, const char **key, size_t *key_length, csj_value *out) {
    auto at = bits<object::iterator>(*cursor);
    if (at == as_element(value).get_object().value_unsafe().end()) return false;
    auto name = at.key();
    *key = name.data();
    *key_length = name.size();
    *out = as_value(at.value());
    *cursor = bits<csj_cursor>(++at);
    return true;
}

const char *csj_string(csj_value value, size_t *length) {
    std::string_view text = as_element(value).get_string().value_unsafe();
    *length = text.size();
    return text.data();
}

int64_t csj_int(csj_value value) { return as_element(value).get_int64().value_unsafe(); }
uint64_t csj_uint(csj_value value) { return as_element(value).get_uint64().value_unsafe(); }
double csj_double(csj_value value) { return as_element(value).get_double().value_unsafe(); }
bool csj_bool(csj_value value) { return as_element(value).get_bool().value_unsafe(); }

void csj_minify(csj_value value, void *context, void (*sink)(void *, const char *, size_t)) {
    std::string text = simdjson::minify(as_element(value));
    sink(context, text.data(), text.size());
}

bool csj_repeated_name(csj_value value, void *context, void (*sink)(void *, const char *, size_t)) {
    std::string path;
    if (!find_repeated(as_element(value), path)) return false;
    sink(context, path.data(), path.size());
    return true;
}

bool csj_number_literal(
    const uint8_t *bytes, size_t length, const char *key, size_t key_length, void *context, void (*sink)(void *, const char *, size_t)
) try {
    simdjson::padded_string text(reinterpret_cast<const char *>(bytes), length);
    simdjson::ondemand::parser once;
    simdjson::ondemand::document walked;
    simdjson::ondemand::object members;
    if (once.iterate(text).get(walked) || walked.get_object().get(members)) return false;
    for (auto member : members) {
        std::string_view name;
        if (member.unescaped_key().get(name)) return false;
        if (name != std::string_view(key, key_length)) continue;
        simdjson::ondemand::value value;
        if (member.value().get(value)) return false;
        // The token extends to the comma or brace after the number.
        auto literal = value.raw_json_token();
        auto end = literal.find_first_not_of("0123456789+-.eE");
        if (end == 0) return false;
        literal = literal.substr(0, end);
        sink(context, literal.data(), literal.size());
        return true;
    }
    return false;
} catch (const std::bad_alloc &) {
    return false;
}
