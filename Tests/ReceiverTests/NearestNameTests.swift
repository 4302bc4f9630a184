import Testing

@testable import Receiver

@Suite("The name that was probably meant")
struct NearestNameTests {
    private let names = ["phone", "channel", "customer_id", "metadata"]

    @Test(
        "It is the nearest by its letters",
        arguments: [("Phone", "phone"), ("customerID", "customer_id"), ("channell", "channel"), ("cust", "customer_id"), ("pone", "phone")]
    )
    func near(given: String, meant: String) {
        #expect(NearestName.of(given, among: names) == meant)
    }

    @Test(
        "Of three letters one may be wrong",
        arguments: [("pth", "path"), ("kep", "keep"), ("prt", "port"), ("pat", "path"), ("kxy", nil)])
    func short(given: String, meant: String?) {
        #expect(NearestName.of(given, among: ["port", "path", "keep"]) == meant)
    }

    @Test(
        "Of a verb or an account of the command line it is the same",
        arguments: [("mian", "main"), ("lst", "list"), ("doctr", "doctor"), ("x", nil), ("retry", nil), ("LIST", "list")])
    func typed(given: String, meant: String?) {
        #expect(NearestName.of(given, among: ["list", "main", "doctor"]) == meant)
    }

    @Test(
        "A short, a long or an unusual name resembles none",
        arguments: ["", "id", "pho", "телефон", "token", String(repeating: "phone", count: 20)])
    func far(given: String) {
        #expect(NearestName.of(given, among: names) == nil)
    }
}
