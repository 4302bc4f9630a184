import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Names and channels in the body of /session/start")
struct StartFieldsTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test(
        "An unknown field is answered 422 by name, with the field that was probably meant",
        arguments: [
            ("customerId", "customer_id"), ("customerID", "customer_id"), ("CUSTOMER_ID", "customer_id"), ("customer-id", "customer_id"),
            ("customer", "customer_id"), ("costumer_id", "customer_id"), ("Phone", "phone"), ("phoneNumber", "phone"),
            ("phone_number", "phone"),
            ("fone", "phone"), ("chanel", "channel"), ("meta", "metadata"), ("meta_data", "metadata"),
        ])
    func unknownField(name: String, meant: String) async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","\#(name)":"103"}"#)
        #expect(answer.status == 422)
        #expect(answer.problem == ["\(name) is not a field of /session/start: did you mean \(meant)?"])
        #expect(try rig.file.count("contacts") == 0)
    }

    @Test("If no field has a similar name, the answer lists all fields", arguments: ["x", "id", "tel", "locale", "sessionToken", ""])
    func likeNone(name: String) async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","\#(name)":null}"#)
        #expect(answer.status == 422)
        #expect(answer.problem == ["\(name) is not a field of /session/start: the fields are phone, channel, customer_id, metadata"])
    }

    @Test("A long unknown name is shortened, and thousands of them are only counted")
    func many() async throws {
        let long = String(repeating: "n", count: 300)
        let cut = try await rig.start(#"{"phone":"+919876543210","channel":"chat","\#(long)":1}"#)
        #expect(
            cut.problem == ["\(long.prefix(64)) is not a field of /session/start: the fields are phone, channel, customer_id, metadata"])
        let names = (0..<3000).map { #""f\#($0)":1"# }.joined(separator: ",")
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat",\#(names)}"#)
        #expect(answer.status == 422)
        #expect(answer.problem?.count == ListedErrors.limit)
        #expect(answer.json?["not_listed"].int == Int64(3000 - ListedErrors.limit))
    }

    @Test("Metadata may have any members")
    func metadata() async throws {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","metadata":{"customerId":1,"x":{"phone":2}}}"#)
        #expect(answer.status == 201)
    }

    @Test(
        "A start may name known channels only, and creates none",
        arguments: [("sms", true), ("chat", true), ("whatsapp", false), ("smss", false)])
    func channels(channel: String, isKnown: Bool) throws {
        let rules = StartForm.Rules(defaultRegion: "IN", channels: ["sms", "chat"])
        let body = Array(#"{"phone":"+919876543210","channel":"\#(channel)"}"#.utf8)
        guard isKnown else {
            let problem = #expect(throws: Problem.self) { try StartForm(body, rules) }
            #expect(problem?.detail == "channel must be one of chat, sms")
            return
        }
        #expect(try StartForm(body, rules).request.channel == Channel(channel))
    }

    @Test(
        "A phone may be a string or a whole number, as people write them",
        arguments: [
            "9876543210.0", "9.87654321e9", "1e10", "-9876543210", "0", "true", "[9876543210]", #""9876543210.0""#, #""-9876543210""#,
        ])
    func numbers(json: String) async throws {
        let answer = try await rig.start(#"{"phone":\#(json),"channel":"chat"}"#)
        #expect(answer.status == 422)
        #expect(answer.problem?.count == 1 && answer.problem?.first?.hasPrefix("phone ") == true)
        let event = #"{"specversion":"1.0","id":"1","source":"/a","type":"typing","data":{"phone":\#(json)}}"#
        let posted = try await rig.post("/webhooks/chat/main", event)
        #expect(posted.status == 422)
        #expect(posted.problem == answer.problem?.map { "data." + $0 })
        #expect(try rig.file.count("contacts") == 0)
    }
}
