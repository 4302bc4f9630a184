extension NumberPlan {
    /// The numbering plans with several forms of a number. Add a plan as a row with its source. All sources were read on 2026-11-26.
    static let all: [NumberPlan] = [
        // Brazil's ninth digit (Anatel, 2012 to 2016): mobile numbers with eight digits from 6 to 9 got a leading 9, but WhatsApp keeps the
        // former ids of earlier accounts. Eight digits from 2 to 5 are landlines. Source: wwebjs/whatsapp-web.js #596.
        NumberPlan("55", length: 10, ["..[6-9]"], at: 2, insert: "9"),
        // Mexico's 1 after the country code (until 2019-08), still in WhatsApp's ids. Sources: WhatsApp Help Center, "About international
        // phone number format" (faq.whatsapp.com/1294841057948784); tulir/whatsmeow #874.
        NumberPlan("52", length: 10, ["[2-9]"], insert: "1"),
        // Argentina's 9 for mobiles after the country code: WhatsApp's ids include it; SMS and many people omit it. A subscriber's number
        // that begins with 4 may be a landline, and a mobile with the same digits somebody else's. Sources: WhatsApp Help Center, as above;
        // Wikipedia, "Telephone numbers in Argentina"; google/libphonenumber #684.
        NumberPlan("54", length: 10, argentineMobiles, insert: "9"),
        // Benin, since 2024-11-30: 01 before all numbers of eight digits. Sources: ARCEP Bénin, decision 2020-349;
        // mobi/telephone_number #138.
        NumberPlan("229", length: 8, ["[2-9]"], insert: "01"),
        // Côte d'Ivoire, since 2021-01-31: an operator's prefix before eight digits; WhatsApp keeps the former ids of earlier accounts.
        // Sources: ARTCI, newsletter of 2020-08-11; Wikipédia, "Liste des indicatifs téléphoniques en Côte d'Ivoire"; devlikeapro/waha
        // #1894. Mobiles of Moov, MTN and Orange:
        NumberPlan("225", length: 8, ["[0457][1-3]", "[457]0"], insert: "01"),
        NumberPlan("225", length: 8, ["[04-9][4-6]"], insert: "05"),
        NumberPlan("225", length: 8, ["[04-9][7-9]"], insert: "07"),
        // … and their landlines:
        NumberPlan("225", length: 8, ["2[0-3]8"], insert: "21"),
        NumberPlan("225", length: 8, ["2[0-4]0", "3[0-6]0"], insert: "25"),
        NumberPlan("225", length: 8, ["20[23]", "21[2357]", "22[245]", "23[45]", "24[3-5]", "306"], insert: "27"),
        NumberPlan("225", length: 8, ["31[69]", "3[2-6]7", "359", "368"], insert: "27"),
        // Gabon, since 2019-11-16: an operator's digit between the trunk's 0, which also followed the country code until then, and seven
        // digits. 02, 05 and 06 became 062, 065 and 066; 04 and 07 became 074 and 077; 01, landlines, became 011. Source: ARCEP Gabon by
        // agenceafrique.com and news.alibreville.com, 2019-06 and 2024-02.
        NumberPlan("241", length: 7, ["[256]"], insert: "0", "6"),
        NumberPlan("241", length: 7, ["[47]"], insert: "0", "7"),
        NumberPlan("241", length: 7, ["1"], insert: "0", "1"),
    ]

    /// Area codes of two to four digits, each with the first digits of subscribers without a landline. If a longer code begins with a
    /// shorter one, no subscriber of the shorter one begins like that. Source: libphonenumber 9.0, Argentina's national prefix for parsing.
    private static let argentineMobiles: [DigitPattern] = [
        "11[^4]", "2202[^4]", "220[^24]", "22[13][^4]", "22[24-9].[^4]", "2302[^4]", "230[^24]", "23[67][^4]", "23[1-59].[^4]", "247.[^4]",
        "249[^4]", "26[0136][^4]", "264[68][^4]", "264[^468]", "26[25].[^4]", "280[^4]", "29[19][^4]", "294[02568][^4]", "294[^024568]",
        "2972[^4]", "297[^24]", "298[23][^4]", "298[^2-4]", "29[02356].[^4]", "336[^4]", "33[28].[^4]", "34[12][^4]", "343[5-8][^4]",
        "343[^4-8]", "345[4-68][^4]", "345[^4-68]", "348[2379][^4]", "348[^23479]", "34[04679].[^4]", "351[^4]", "353[237][^4]",
        "353[^2347]", "358[2-5][^4]", "358[^2-5]", "35[24-7].[^4]", "36[24][^4]", "37[069][^4]", "37[1-578].[^4]", "38[01][^4]",
        "383[2578][^4]",
        "383[^24578]", "385[4-8][^4]", "385[^4-8]", "387[36-8][^4]", "387[^346-8]", "388[5-8][^4]", "388[^4-8]", "38[2469].[^4]",
    ]
}
