import JSON
import Messaging
import Signing

/// One message or status, however it was posted.
struct Item {
    private let parameters: Parameters
    /// Where the ids of people are unique (`Account.identityScopes`).
    private let scopes: [String]
    /// What Event Streams says around it; nil for a form.
    private let stream: StreamEvent?

    private struct StreamEvent {
        let id: String?
        let type: String
        let time: Instant?
        let json: JSON
    }

    init(_ parameters: Parameters, scopes: [String]) {
        self.parameters = parameters
        self.scopes = scopes
        stream = nil
    }

    /// An event of Event Streams, a CloudEvent; any other object has the parameters of a form.
    init(_ json: JSON, scopes: [String]) throws(PayloadError) {
        guard json.kind == .object else { throw PayloadError(.field, reason: "must be an object") }
        self.scopes = scopes
        guard json["specversion"].isPresent else {
            parameters = .json(json)
            stream = nil
            return
        }
        let data = json["data"]
        parameters = .json(data)
        let time = (data["timestamp"].string ?? json["time"].string).flatMap(Instant.init(rfc3339:))
        stream = StreamEvent(
            id: json["id"].word.flatMap { $0.namesSomething ? $0 : nil }, type: json["type"].word ?? "unknown", time: time, json: json)
    }

    /// Throws where it has no id.
    func event() throws(PayloadError) -> Event {
        if let stream, !stream.type.hasPrefix("com.twilio.messaging.") { return try unsupported(stream.type, id: stream.id) }
        if let conversation = conversationEvent() { return conversation }
        let ids = ["MessageSid", "SmsSid", "SmsMessageSid"].lazy.compactMap { parameters[id: $0] }
        guard let id = ids.first else {
            guard let stream else { throw PayloadError(.malformed, field: "MessageSid", reason: "is missing") }
            return try unsupported(stream.type, id: stream.id)
        }
        let word = parameters["MessageStatus"] ?? parameters["SmsStatus"]
        guard let status = word?.lowercased(), !["received", "receiving"].contains(status) else { return message(id) }
        return self.status(status, of: id)
    }

    private var sender: Address? { parameters["From"].map { Address($0) } }
    private var recipient: Address? { parameters["To"].map { Address($0) } }
    private var channel: Channel { (sender ?? recipient)?.channel ?? "sms" }

    private func message(_ id: String) -> Event {
        let party = party
        let type = messageType
        let referral = referral
        let content = object { name in
            !Item.columns.contains(name) && !isContext(name, isReferred: referral != nil) && !isRepeatedID(name, id)
        }
        return Event(
            externalID: id, channel: channel, line: recipient.map { Line($0.value) }, party: party, occurredAt: stream?.time,
            effect: party == nil ? .none : .moves,
            content: .message(
                Message(type: type, sender: sender?.value, text: text(of: type), content: content, context: context(with: referral))))
    }

    private func status(_ word: String, of id: String) -> Event {
        let detail = object { name in
            !Item.columns.contains(name) && !Item.statusColumns.contains(name) && !isRepeatedID(name, id)
        }
        let status = MessageStatus(
            status: word, recipient: recipient?.value, errors: errors, detail: detail == "{}" ? nil : detail)
        return Event(
            externalID: id, channel: channel, line: sender.map { Line($0.value) }, occurredAt: stream?.time, effect: .none,
            content: .status(status))
    }

    /// Twilio's Conversations post to the same kind of URL; their events are none of Programmable Messaging.
    private func conversationEvent() -> Event? {
        guard parameters["ConversationSid"] != nil else { return nil }
        let data = object { _ in true }
        let digest = Hex.encode(Array(Digest.sha256(Array(data.utf8)).prefix(16)))
        return Event(
            externalID: "conversation#\(digest)", channel: channel, effect: .none,
            content: .unsupported(type: parameters["EventType"].map { String($0.prefix(64)) } ?? "conversation", data: data))
    }

    private func unsupported(_ type: String, id: String?) throws(PayloadError) -> Event {
        guard let id else { throw PayloadError(.field, field: "id", reason: "must be a string") }
        return Event(
            externalID: id, channel: channel, occurredAt: stream?.time, effect: .none,
            content: .unsupported(type: type, data: stream?.json.text ?? "null"))
    }
}

// Who sent it.
extension Item {
    /// By number where there is one, and by the ids that the channel has of them.
    private var party: Party? {
        let phone = [sender?.phone, parameters["WaId"]].lazy.compactMap { $0.map { ReceivedPhone($0) } }.first(where: \.isSomebodys)
        var identities: [Identity] = []
        func add(_ identity: Identity?) {
            guard let identity, !identities.contains(identity) else { return }
            identities.append(identity)
        }
        for scope in scopes {
            for (kind, name) in [("whatsapp_user_id", "ExternalUserId"), ("whatsapp_parent_user_id", "ParentExternalUserId")] {
                add(parameters[name].map { Identity(kind: kind, scope: scope, value: $0) })
            }
            add(sender?.identity(scope: scope))
        }
        let party = Party(
            phone: phone, identities: identities, displayName: parameters["ProfileName"] ?? parameters["ProfileUsername"])
        return party.isNobody ? nil : party
    }
}

// What it says.
extension Item {
    /// By what is there rather than by its name: SMS and older numbers of WhatsApp have no MessageType.
    private var messageType: MessageType {
        if parameters["ListId"] != nil { return .listReply }
        if parameters["ButtonPayload"] != nil || parameters["ButtonText"] != nil { return .buttonReply }
        if parameters["InteractiveData"] != nil { return .flowReply }
        if parameters["Latitude"] != nil, parameters["Longitude"] != nil { return .location }
        let name = parameters["MessageType"]?.lowercased()
        if let count = parameters["NumMedia"].flatMap({ Int($0) }), count > 0 { return mediaType(named: name) }
        switch name {
        case nil: return .text
        case "voice": return .audio
        case "button": return .buttonReply
        case let name?: return MessageType(rawValue: name) ?? .unsupported
        }
    }

    /// The type that is named, unless the first file is of another kind.
    private func mediaType(named name: String?) -> MessageType {
        let named = name.flatMap(MessageType.init(rawValue:))
        if let named, [.image, .video, .audio, .document, .sticker, .contacts].contains(named) { return named }
        guard let mediaType = parameters["MediaContentType0"]?.lowercased() else { return .document }
        switch mediaType.prefix(while: { $0 != "/" }) {
        case "image": return .image
        case "video": return .video
        case "audio": return .audio
        default: return mediaType.hasSuffix("vcard") ? .contacts : .document
        }
    }

    private func text(of type: MessageType) -> String? {
        switch type {
        case .buttonReply: parameters["ButtonText"] ?? parameters["Body"]
        case .listReply: parameters["ListTitle"] ?? parameters["Body"]
        case .location: parameters["Label"] ?? parameters["Address"] ?? parameters["Body"]
        default: parameters["Body"]
        }
    }

    /// What it replies to, whether it was forwarded and which advertisement it came by, in the words that Meta's context has.
    private func context(with referral: [(name: String, value: String)]?) -> String? {
        let replied = [("id", "OriginalRepliedMessageSid"), ("from", "OriginalRepliedMessageSender")]
        let flags = [("forwarded", "Forwarded"), ("frequently_forwarded", "FrequentlyForwarded")]
        var writer = JSONWriter()
        writer.object { context in
            for (name, parameter) in replied {
                context.member(name, ifPresent: parameters[parameter].map { name == "from" ? Address($0).value : $0 })
            }
            for (name, parameter) in flags {
                if let value = parameters[parameter] { context.member(name, value.lowercased() == "true") }
            }
            guard let referral else { return }
            context.key("referral")
            context.object { members in
                for (name, value) in referral { members.member(name, value) }
            }
        }
        return writer.text == "{}" ? nil : writer.text
    }

    /// The advertisement that it came by; nil for most messages, which say no more than that it has no files.
    private var referral: [(name: String, value: String)]? {
        let members = parameters.members(after: "Referral")
        return members.allSatisfy { $0.name == "num_media" && $0.value == "0" } ? nil : members
    }

    private func isContext(_ name: String, isReferred: Bool) -> Bool {
        let name = name.prefix(1).uppercased() + name.dropFirst()
        return Item.contextNames.contains(name) || (isReferred && name.hasPrefix("Referral"))
    }

    private static let contextNames: Set<String> = [
        "OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "Forwarded", "FrequentlyForwarded",
    ]
}

// What went wrong, and all that has no column.
extension Item {
    /// Why a message failed, as a list with one error; nil where nothing says so.
    private var errors: String? {
        let code = parameters["ErrorCode"]
        let message = parameters["ErrorMessage"]
        let channel = parameters["ChannelStatusMessage"]
        guard code != nil || message != nil || channel != nil else { return nil }
        var writer = JSONWriter()
        writer.array { list in
            list.object { error in
                if let code { if let number = Int(code) { error.member("code", number) } else { error.member("code", code) } }
                error.member("message", ifPresent: message)
                error.member("channel_message", ifPresent: channel)
            }
        }
        return writer.text
    }

    private func object(where isWanted: (String) -> Bool) -> String {
        var writer = JSONWriter()
        writer.object { parameters.write(to: &$0, where: isWanted) }
        return writer.text
    }

    /// The same id under its older names.
    private func isRepeatedID(_ name: String, _ id: String) -> Bool {
        ["SmsSid", "SmsMessageSid", "smsSid", "smsMessageSid"].contains(name) && parameters[name] == id
    }

    private static let columns: Set<String> = ["MessageSid", "messageSid", "From", "from", "To", "to"]
    private static let statusColumns: Set<String> = [
        "MessageStatus", "messageStatus", "ErrorCode", "errorCode", "ErrorMessage", "errorMessage", "ChannelStatusMessage",
        "channelStatusMessage",
    ]
}

extension JSON {
    /// A word: a string that is not empty.
    fileprivate var word: String? { string.flatMap { $0.isEmpty ? nil : $0 } }
}
