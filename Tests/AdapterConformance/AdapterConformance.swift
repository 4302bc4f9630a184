import Messaging
import Signing

/// The suite that every adapter passes: the rules of `ConformanceRule`, checked with a few bodies in the provider's format.
///
///     let conformance = AdapterConformance<WebChatAdapter>(signatureHeader: "webhook-signature", message: { … }, …)
///
///     @Test("The adapter keeps every adapter's rules", arguments: ConformanceRule.allCases)
///     func keeps(_ rule: ConformanceRule) throws { try conformance.check(rule) }
public struct AdapterConformance<Adapter: ChannelAdapter>: Sendable {
    let signatureHeader: String
    let contentType: String
    let coverage: SignatureCoverage
    let message: @Sendable (String) -> String
    let unknownType: String
    let batch: String?
    let neighbours: Int

    /// What a signature covers.
    public enum SignatureCoverage: Sendable {
        /// The exact bytes of the body: no byte may change.
        case bytes
        /// The decoded content of the body, which can be encoded in different ways: `%2b` and `%2B` are equivalent.
        case meaning
    }

    let now = Instant(milliseconds: 1_795_370_400_000)
    let current = Secret("whsec_" + Base64.encode(Array("the secret that signs now".utf8)))
    let next = Secret("whsec_" + Base64.encode(Array("the secret that comes next".utf8)))
    let foreign = Secret("whsec_" + Base64.encode(Array("the secret of a stranger".utf8)))

    /// - Parameters:
    ///   - signatureHeader: The header that errors about a wrong signature name, in lower case.
    ///   - contentType: The media type of all bodies.
    ///   - coverage: What a signature covers of a body.
    ///   - message: Returns a body with one text message that contains the given text; the text needs no escaping.
    ///   - unknownType: A body with one message of an unknown type.
    ///   - batch: A body with several items, one of which cannot be read. Nil for a provider that posts one item at a time; its tests leave
    ///     out the rule `batch`.
    ///   - neighbours: The number of readable items in the batch.
    public init(
        signatureHeader: String, contentType: String = "application/json", coverage: SignatureCoverage = .bytes,
        message: @escaping @Sendable (String) -> String, unknownType: String, batch: String? = nil, neighbours: Int = 0
    ) {
        self.signatureHeader = signatureHeader
        self.contentType = contentType
        self.coverage = coverage
        self.message = message
        self.unknownType = unknownType
        self.batch = batch
        self.neighbours = neighbours
    }

    /// Throws a `ConformanceFailure` if the adapter breaks the rule.
    public func check(_ rule: ConformanceRule) throws {
        switch rule {
        case .noSecret: try checkNoSecret()
        case .authentic: try checkAuthentic()
        case .rotated: try checkRotated()
        case .forged: try checkForged()
        case .tampered: try checkTampered()
        case .missingHeader: try checkMissingHeader()
        case .repeatedHeader: try checkRepeatedHeader()
        case .malformedHeader: try checkMalformedHeader()
        case .discreet: try checkDiscreet()
        case .flipped: try checkFlipped()
        case .kept: try checkKept()
        case .readable: try checkReadable()
        case .emptyBody: try checkMalformed([[]])
        case .formless: try checkMalformed(["hello", "{", "{\"a\":1", "nul", "{} {}", "\"", "\u{0}"].map { Array($0.utf8) })
        case .nested: try checkNested()
        case .notUTF8: try checkNotUTF8()
        case .huge: try checkHuge()
        case .unknownType: try checkUnknownType()
        case .batch: try checkBatch()
        case .answered: try checkAnswered()
        case .sample: try checkSample()
        }
    }

    func makeAdapter(_ secrets: Secret...) throws -> Adapter { try Adapter(account: account(secrets)) }

    func signed(_ delivery: Delivery, by signer: Adapter) -> Delivery { signer.signed(delivery, at: now) }

    /// An unsigned delivery to the account.
    func delivery(_ body: [UInt8]) -> Delivery {
        let account = account([])
        return Delivery(
            adapter: account.adapter, account: account.name, receivedAt: now, target: account.path,
            headers: [Delivery.Header("content-type", contentType)], body: body)
    }

    func delivery(_ body: String) -> Delivery { delivery(Array(body.utf8)) }

    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
        if !condition { throw ConformanceFailure(reason: reason()) }
    }

    func account(_ secrets: [Secret]) -> Account { Account(adapter: Adapter.traits.kind, name: "main", secrets: secrets) }
}

/// A broken rule, with the reason.
public struct ConformanceFailure: Error, CustomStringConvertible {
    let reason: String

    /// What the adapter did wrong.
    public var description: String { reason }
}
