import Testing

@testable import Receiver

@Suite("The name that was probably meant")
struct NearestNameTests {
    private let names = ["phone", "channel", "customer_id", "metadata"]

    @Test(
        "The nearest name by its letters is found",
        arguments: [("Phone", "phone"), ("customerID", "customer_id"), ("channell", "channel"), ("cust", "customer_id"), ("pone", "phone")]
    )
    func near(given: String, meant: String) {
        #expect(NearestName.of(given, among: names) == meant)
    }

    @Test(
        "In a name of three letters one may be wrong",
        arguments: [("pth", "path"), ("kep", "keep"), ("prt", "port"), ("pat", "path"), ("kxy", nil)])
    func short(given: String, meant: String?) {
        #expect(NearestName.of(given, among: ["port", "path", "keep"]) == meant)
    }

    @Test(
        "Verbs and accounts of the command line are found by the same rule",
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
