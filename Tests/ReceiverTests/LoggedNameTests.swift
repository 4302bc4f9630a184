import Logging
import Messaging
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Names that senders choose")
struct LoggedNameTests {
    private static let words = [
        "Asha Secretname lives at 17 MG Road", "919876543210", "९१९८७६५४३२१०", "a_9876_5432", "9a8b7c6d5", "98.76.54",
        String(repeating: "a", count: 41),
    ]

    @Test("If a text is not clearly a name, the log has only its length", arguments: words)
    func hidden(name: String) throws {
        let known = #""phone":"+919876543210","channel":"chat""#
        for body in [#"{\#(known),"\#(name)":1}"#, #"{\#(known),"metadata":{"\#(name)":1,"\#(name)":2}}"#] {
            let logged = Self.logged(try #require(Self.error(of: body)))
            #expect(logged.hasPrefix("a field with a name of ") && !logged.contains(name), "\(logged)")
        }
        for code in [PayloadError.Code.malformed, .mediaType, .tooMany, .field] {
            #expect(!Self.logged(PayloadError(code, field: "data.\(name)", reason: "occurs more than once")).contains(name))
        }
    }

    @Test(
        "A plain name is in the log; the answer has every name", arguments: ["customerId", "ref-17", "a.b_c", "Sender"] + words)
    func shown(name: String) throws {
        let error = try #require(Self.error(of: #"{"phone":"+919876543210","channel":"chat","\#(name)":1}"#))
        #expect(Self.words.contains(name) || Self.logged(error).hasPrefix("\(name) is not a field of /session/start"))
        let detail = Problem(error).detail
        #expect(detail.contains(" is not a field of /session/start") && !detail.hasPrefix("a field with a name"))
    }

    @Test("The path of an item in a batch is shown", arguments: ["[2].data.phone", "entry[0].changes[1].value.messages[12].id", "data"])
    func paths(field: String) {
        #expect(PayloadError(.field, field: field, reason: "is missing").logged == "\(field) is missing")
    }

    private static func error(of body: String) -> (any Error)? {
        do {
            _ = try StartForm(Array(body.utf8), StartForm.Rules(defaultRegion: "IN", channels: [.chat]))
            return nil
        } catch { return error }
    }

    private static func logged(_ error: any Error) -> String {
        let log = LogRecorder()
        Problem(error).log(error, route: "/", from: nil, to: log.logger)
        return log.lines.first?.metadata["error"] ?? ""
    }
}
