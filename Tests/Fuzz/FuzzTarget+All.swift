import Forms
import JSON
import Journal
import Kiosk
import Messaging
import PhoneNumbers
import WebChat
import WhatsAppCloud

@testable import Receiver
@testable import Replay
@testable import SwitchboardApp

extension FuzzTarget {
    /// All readers of bytes from outside.
    static let all: [FuzzTarget] = [
        capture, json, jsonLines, har, whatsAppCloud, dialog360, twilio, handshake, chat, kiosk, sessionStart, redaction, settings,
        environment, phones, times,
    ]

    private static let now = Instant(milliseconds: 1_795_370_400_000)

    /// A `.http` file; what was read is written, and must be read again unchanged.
    private static let capture = FuzzTarget(name: "capture") {
        try files(in: "Webhooks", ".http")
    } check: { bytes in
        guard let capture = try? HTTPCapture(parsing: bytes) else { return }
        guard let again = try? HTTPCapture(parsing: capture.fileBytes()) else { fatalError("a capture that was written is not read") }
        precondition(again.body == capture.body, "a capture's body is read otherwise than it was written")
        // A line break within a target cannot be written unchanged.
        precondition(again.target == capture.target || capture.target.utf8.contains(0x0D), "a target is read otherwise than it was written")
    }

    /// The view and, for texts that simdjson refuses, its repair.
    private static let json = FuzzTarget(name: "json") {
        try bodies(in: "Webhooks") + files(in: "Webhooks", ".json")
            + [#"["\ud83d","\ude00\ud83d\ude00",123456789012345678901234567890,-0,1e400,1.5e-7]"#, #"{"a":{"a":null},"":true}"#].map(bytes)
    } check: { bytes in
        guard let json = try? JSON(parsing: bytes) else { return }
        walk(json)
        _ = (json.repeatedMember, json.wholeText(of: "a", in: bytes))
        guard let text = json.text, let again = try? JSON(parsing: Array(text.utf8)) else {
            fatalError("JSON that was written is not read")
        }
        precondition(again.text == text, "JSON is read otherwise than it was written")
    }

    private static let jsonLines = FuzzTarget(name: "json-lines") {
        try files(in: "Webhooks", ".http").compactMap { try? HTTPCapture(parsing: $0).delivery(receivedAt: now) }
            .map { Capture($0).jsonLine() }
    } check: { bytes in
        guard let capture = try? Capture(jsonLine: bytes, receivedAt: now) else { return }
        guard let again = try? Capture(jsonLine: capture.jsonLine(), receivedAt: now) else {
            fatalError("a line that was written is not read")
        }
        precondition(again.delivery.body == capture.delivery.body, "a line is read otherwise than it was written")
    }

    private static let har = FuzzTarget(name: "har") {
        try files(in: "Webhooks", ".http").compactMap { try? HTTPCapture(parsing: $0) }.map(harFile)
            + [#"{"log":{"entries":[{"request":{"url":"https://x/a"}},{"#, #"{"log":{"pages":[[]],"entries":[]}}"#].map(bytes)
    } check: { bytes in
        var scanner = HAREntryScanner()
        var entries: [HAREntryScanner.Entry] = []
        // Scanned in pieces, as a file is read.
        for start in stride(from: 0, to: bytes.count, by: 100) {
            entries += scanner.scan(Array(bytes[start..<min(start + 100, bytes.count)]))
        }
        var whole = HAREntryScanner()
        precondition(whole.scan(bytes) == entries, "a file in pieces has other entries")
        for entry in entries { _ = try? HAREntry(parsing: entry.bytes) }
    }

    private static let whatsAppCloud = FuzzTarget(name: "whatsapp-cloud") {
        try bodies(in: "Webhooks/WhatsAppCloud")
    } check: { bytes in
        read(Delivery(target: "/webhooks/whatsapp-cloud/main", contentType: "application/json", body: bytes), by: Accounts.whatsApp)
    }

    private static let dialog360 = FuzzTarget(name: "360dialog") {
        try bodies(in: "Webhooks/Dialog360")
    } check: { bytes in
        read(Delivery(target: "/webhooks/360dialog/main", contentType: "application/json", body: bytes), by: Accounts.dialog360)
    }

    /// The first byte chooses whether the body is a form.
    private static let twilio = FuzzTarget(name: "twilio") {
        try bodies(in: "Webhooks/Twilio").map { body in [body.first.map { "[{".utf8.contains($0) } == true ? 1 : 0] + body }
    } check: { bytes in
        let type = bytes.first.map { $0 % 2 } == 0 ? "application/x-www-form-urlencoded" : "application/json"
        read(Delivery(target: "/webhooks/twilio/main", contentType: type, body: Array(bytes.dropFirst())), by: Accounts.twilio)
    }

    private static let handshake = FuzzTarget(name: "handshake") {
        ["/webhooks/whatsapp-cloud/main?hub.mode=subscribe&hub.verify_token=\(Accounts.secret)&hub.challenge=1", "/?%zz&=&&+=%00"].map(
            bytes)
    } check: { bytes in
        let target = String(decoding: bytes, as: UTF8.self)
        _ = Accounts.whatsApp.handshake(Delivery(target: target, contentType: "text/plain", body: []))
        _ = Form(queryOf: target).map { $0.name + $0.value }
    }

    private static let chat = client("chat", Accounts.chat, "WebChat")
    private static let kiosk = client("kiosk", Accounts.kiosk, "Kiosk")

    /// The first byte chooses the media type and the proof.
    private static func client(_ name: String, _ adapter: any ChannelAdapter, _ folder: String) -> FuzzTarget {
        FuzzTarget(name: name) {
            try bodies(in: "Webhooks/\(folder)").flatMap { body in (0..<UInt8(6)).map { [$0] + body } }
        } check: { bytes in
            let types = ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"]
            let choice = Int(bytes.first ?? 0) % 6
            var delivery = Delivery(target: "/webhooks/\(name)/main", contentType: types[choice % 3], body: Array(bytes.dropFirst()))
            if choice >= 3 { delivery.headers.append(Delivery.Header("x-session-token", "•••")) }
            read(delivery, by: adapter)
        }
    }

    private static let sessionStart = FuzzTarget(name: "session-start") {
        [
            #"{"phone":"+919876543210","channel":"chat","customer_id":"103","metadata":{"a":[1,"2",null]}}"#,
            #"{"phone":9876543210,"channel":"kiosk","customer_id":103}"#, #"{"phone":"","channel":[],"customer_id":{},"metadata":[]}"#,
        ].map(bytes)
    } check: { bytes in
        _ = try? StartForm(bytes, StartForm.Rules(defaultRegion: "IN", channels: Set(Channel.documented)))
    }

    /// The redaction of `captures export --redact`; an adapter must read as many items from the redacted delivery as before.
    private static let redaction = FuzzTarget(name: "redaction") {
        try bodies(in: "Webhooks/WhatsAppCloud")
    } check: { bytes in
        let delivery = Delivery(target: "/webhooks/whatsapp-cloud/main", contentType: "application/json", body: bytes)
        let fake = Accounts.redaction.redacted(Capture(delivery)).delivery
        guard let events = try? Accounts.whatsApp.events(in: delivery) else { return }
        precondition((try? Accounts.whatsApp.events(in: fake))?.count == events.count, "a redacted capture has other items")
    }

    private static let settings = FuzzTarget(name: "settings") {
        try files(in: "Config", ".yaml") + ["server: { port: ${A:-8000} }\njournal: { keep: 30d, max_size: 1GiB }\n"].map(bytes)
    } check: { bytes in
        _ = try? Settings(yaml: String(decoding: bytes, as: UTF8.self), environment: Accounts.environment)
    }

    /// `.env` and the references to variables.
    private static let environment = FuzzTarget(name: "environment") {
        try files(in: "Config", "env.example") + ["export A='b' # c\nB=\"\\n\"\n", "$${A} ${A} ${B:-${A}} ${"].map(bytes)
    } check: { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? SettingsEnvironment(process: [:], dotEnv: text)
        _ = try? VariableExpansion.expand(text, with: Accounts.environment)
    }

    /// The first byte chooses the region.
    private static let phones = FuzzTarget(name: "phones") {
        ["+91 98765-43210", "09876543210", "5511987654321", "tel:+1-415-555-0123;ext=1", "+٩١٩٨٧٦٥٤٣٢١٠", "1800FLOWERS"].map {
            [0] + bytes($0)
        }
    } check: { bytes in
        let regions = ["IN", "BR", "MX", "AR", "US", "DE", "CI", "ZZ"]
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        for phone in [PhoneNumber(text, region: regions[Int(bytes.first ?? 0) % regions.count]), PhoneNumber(international: text)] {
            guard let phone else { continue }
            precondition(phone.e164.first == "+" && phone.e164.utf8.count <= 16, "no E.164: \(phone.e164)")
            _ = phone.variants
        }
        _ = PhoneNumber.mask(text)
    }

    private static let times = FuzzTarget(name: "times") {
        ["2026-11-22T17:51:27.123Z", "2026-11-22t17:51:27.123456789+05:30", "0001-01-01T00:00:00-00:00"].map(bytes)
    } check: { bytes in
        guard let instant = Instant(rfc3339: String(decoding: bytes, as: UTF8.self)) else { return }
        precondition(Instant(rfc3339: instant.description) == instant, "a time is read otherwise than it was written")
    }
}

extension FuzzTarget {
    /// Accounts with arbitrary secrets.
    private enum Accounts {
        static let secret = "whsec_YSBzZWNyZXQgZm9yIGZ1enppbmcgYWxvbmU="
        static let whatsApp = adapter(of: "whatsapp-cloud")
        static let dialog360 = adapter(of: "360dialog")
        static let twilio = adapter(of: "twilio")
        static let chat = adapter(of: "chat")
        static let kiosk = adapter(of: "kiosk")
        static let redaction: Redaction = {
            guard let redaction = try? Redaction(seed: "fuzz", kinds: ["whatsapp-cloud"], adapter: { adapter(of: $0) }) else {
                fatalError("no redaction")
            }
            return redaction
        }()
        static let environment: SettingsEnvironment = {
            guard let environment = try? SettingsEnvironment(process: ["A": "1", "B": "", "SECRET": secret]) else {
                fatalError("no environment")
            }
            return environment
        }()

        private static func adapter(of kind: AdapterKind) -> any ChannelAdapter {
            let account = Account(adapter: kind, name: "main", secrets: [Secret(secret)], verifyToken: Secret(secret))
            guard let adapter = try? AdapterRegistry.shipped.makeAdapter(for: account) else { fatalError("no adapter for \(kind)") }
            return adapter
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func bodies(in folder: String) throws -> [[UInt8]] {
        try files(in: folder, ".http").compactMap { try? HTTPCapture(parsing: $0).body }
    }

    /// Authenticates and reads a delivery. Neither may crash, whatever the body is.
    private static func read(_ delivery: Delivery, by adapter: any ChannelAdapter) {
        _ = try? adapter.authenticate(delivery, at: now)
        for event in (try? adapter.events(in: delivery)) ?? [] {
            precondition(!event.externalID.isEmpty, "an item has no id")
            guard (try? JSON(parsing: Array(event.json.utf8))) != nil else { fatalError("an event is no JSON: \(event.json)") }
        }
    }

    private static func walk(_ json: JSON) {
        _ = (json.string, json.bool, json.int, json.double, json.stringOrNumber, json.text)
        for element in json.elements { walk(element) }
        for (key, value) in json.members {
            walk(value)
            precondition(json[named: key].isPresent || !value.isPresent || json.count > 1, "a member is not found by its key")
        }
    }

    /// A HAR file with one entry.
    private static func harFile(_ capture: HTTPCapture) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { file in
            file.key("log")
            file.object { log in
                log.key("entries")
                log.array { entries in
                    entries.object { entry in
                        entry.member("startedDateTime", now.description)
                        entry.key("request")
                        entry.object { request in
                            request.member("method", capture.method)
                            request.member("url", "https://gateway.example\(capture.target)")
                            request.key("headers")
                            request.array { headers in
                                for header in capture.headers {
                                    headers.object { object in
                                        object.member("name", header.name)
                                        object.member("value", header.value)
                                    }
                                }
                            }
                            request.key("postData")
                            request.object { data in
                                data.member("mimeType", "application/json")
                                data.member("text", String(decoding: capture.body, as: UTF8.self))
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}

extension Delivery {
    fileprivate init(target: String, contentType: String, body: [UInt8]) {
        let names = target.split(separator: "/").map(String.init)
        self.init(
            adapter: AdapterKind(names.count > 1 ? names[1] : "none"), account: "main",
            receivedAt: Instant(milliseconds: 1_795_370_400_000),
            target: target, headers: [Delivery.Header("content-type", contentType)], body: body)
    }
}
