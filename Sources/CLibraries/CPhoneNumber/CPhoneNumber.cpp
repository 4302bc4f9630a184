#include "CPhoneNumber.h"

#include <cstring>
#include <phonenumbers/phonenumberutil.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

size_t cpn_e164(const char *text, size_t length, const char *region, char *out) {
    if (length > CPN_LONGEST) return 0;
    static const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(std::string(text, length), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return 0;
    // A number that can only be dialled from nearby, or one of many behind an extension, is no single person's.
    if (util.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE || number.has_extension()) return 0;
    std::string formatted;
    util.Format(number, PhoneNumberUtil::E164, &formatted);
    if (formatted.size() > 20) return 0;
    std::memcpy(out, formatted.data(), formatted.size());
    return formatted.size();
}

bool cpn_is_region(const char *region) { return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region) != 0; }
