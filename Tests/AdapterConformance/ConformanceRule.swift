/// The rules that every adapter keeps, for any provider. `AdapterConformance` checks them.
public enum ConformanceRule: String, CaseIterable, Sendable, CustomStringConvertible {
    case noSecret = "An account without a secret is refused"
    case authentic = "A signed delivery is authentic"
    case rotated = "Each of the account's secrets is accepted"
    case forged = "A signature by another secret is refused"
    case tampered = "A body that was changed after it was signed is refused"
    case missingHeader = "A refusal names a missing header of the signature"
    case repeatedHeader = "A refusal names a header of the signature that occurs twice, whichever of the two is right"
    case malformedHeader = "A signature in a wrong format is refused as malformed"
    case discreet = "No refusal reveals a signature or a secret"
    case flipped = "A body with a flipped bit is never authentic, and never crashes the adapter"
    case kept = "The headers of the signature are kept with a delivery"
    case readable = "A message is read"
    case emptyBody = "An empty body is malformed"
    case formless = "A body in none of the provider's formats is malformed"
    case nested = "A body nested 100,000 levels deep is malformed"
    case notUTF8 = "A body that is not UTF-8 is malformed"
    case huge = "Four megabytes of text are read completely, or refused with the field's name"
    case unknownType = "A message of an unknown type is kept as unsupported"
    case batch = "A bad item in a batch keeps its neighbours"
    case answered = "An accepted delivery is answered 2xx, with a media type if the answer has a body"
    case sample = "The sample for newcomers is one message, with a new id each time"

    /// The rule as a sentence.
    public var description: String { rawValue }

    /// All rules except those that do not apply to a provider: for example, `batch` does not apply to one that posts no batches.
    public static func all(but others: ConformanceRule...) -> [ConformanceRule] { allCases.filter { !others.contains($0) } }
}
