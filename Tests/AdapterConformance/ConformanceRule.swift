/// What every adapter must do, whoever its provider is; the table of `AdapterConformance`.
public enum ConformanceRule: String, CaseIterable, Sendable, CustomStringConvertible {
    case noSecret = "An account without a secret is refused"
    case authentic = "A signed delivery is authentic"
    case rotated = "Each of the account's secrets is accepted"
    case forged = "A signature by another secret is refused"
    case tampered = "A body that was changed after it was signed is refused"
    case missingHeader = "A header of the signature that is missing is named"
    case repeatedHeader = "A header of the signature that is there twice is named, whichever of the two is right"
    case malformedHeader = "A signature that has not its form is called malformed"
    case discreet = "No refusal tells a signature or a secret"
    case flipped = "A flipped bit is never authentic and stops nothing"
    case kept = "The headers of the signature are kept with a delivery"
    case readable = "A message is read"
    case emptyBody = "An empty body is malformed"
    case formless = "A body of no form that the provider has is malformed"
    case nested = "A body that is nested 100,000 deep is malformed"
    case notUTF8 = "A body that is no UTF-8 is malformed"
    case huge = "Four megabytes of text are read whole, or refused by the field's name"
    case unknownType = "A message of an unknown type is kept as unsupported"
    case batch = "A bad item in a batch keeps its neighbours"
    case answered = "What is taken is answered 2xx, and with a media type where there is a body"
    case sample = "The sample for newcomers is one message, another one each time"

    /// The rule as a sentence.
    public var description: String { rawValue }

    /// All rules but those that have no meaning for a provider: one that posts no batches keeps no neighbours.
    public static func all(but others: ConformanceRule...) -> [ConformanceRule] { allCases.filter { !others.contains($0) } }
}
