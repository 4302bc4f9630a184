#include "CPhoneNumber.h"

#include <cstring>
#include <phonenumbers/phonenumbermatch.h>
#include <phonenumbers/phonenumbermatcher.h>
#include <phonenumbers/phonenumberutil.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberMatch;
using i18n::phonenumbers::PhoneNumberMatcher;
using i18n::phonenumbers::PhoneNumberUtil;

static const PhoneNumberUtil &shared() {
    static const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    return util;
}

static bool parse(const std::string &text, const char *region, PhoneNumber *number) {
    // A number with an extension is refused: many people share the number.
    return shared().Parse(text, region, number) == PhoneNumberUtil::NO_PARSING_ERROR && !number->has_extension();
}

size_t cpn_e164(const char *text, size_t length, const char *region, char *out, bool *is_possible) {
    *is_possible = false;
    if (length > CPN_LONGEST) return 0;
    PhoneNumber number;
    if (!parse(std::string(text, length), region, &number)) return 0;
    std::string formatted;
    shared().Format(number, PhoneNumberUtil::E164, &formatted);
    if (formatted.size() > 20) return 0;
    // A number that can only be dialled locally may belong to many people.
    *is_possible = shared().IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE;
    std::memcpy(out, formatted.data(), formatted.size());
    return formatted.size();
}

bool cpn_is_valid(const char *e164, size_t length) {
    PhoneNumber number;
    return length <= CPN_LONGEST && parse(std::string(e164, length), "ZZ", &number) && shared().IsValidNumber(number);
}

bool cpn_is_as_written(const char *digits, size_t length, const char *region) {
    if (length > CPN_LONGEST) return false;
    const std::string text(digits, length);
    PhoneNumber number;
    if (!parse(text, region, &number)) return false;
    std::string national;
    shared().GetNationalSignificantNumber(number, &national);
    // Only the trunk prefix, a 0, may be left out: a former prefix of the region, or a carrier's code, may be another country's code.
    if (national.size() > length || text.compare(length - national.size(), national.size(), national) != 0) return false;
    if (national.size() < length && text[0] != '0') return false;
    // Only this function of the library checks whether the trunk prefix is there.
    PhoneNumberMatcher matcher(shared(), text, region, PhoneNumberMatcher::VALID, 1);
    if (!matcher.HasNext()) return false;
    PhoneNumberMatch match;
    matcher.Next(&match);
    return match.start() == 0 && match.length() == static_cast<int>(length);
}

bool cpn_is_region(const char *region) { return shared().GetCountryCodeForRegion(region) != 0; }
