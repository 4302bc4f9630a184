/// What every adapter must do, whoever its provider is; the table of `AdapterConformance`.
public enum ConformanceRule: String, CaseIterable, Sendable, CustomStringConvertible {
    case authentic = "A signed delivery is authentic"
    case rotated = "Each of the account's secrets is accepted"
    case forged = "A signature by another secret is refused"
    case tampered = "A body that was changed after it was signed is refused"
    case missingHeader = "A header of the signature that is missing is named"
    case repeatedHeader = "A header of the signature that is there twice is named, whichever of the two is right"
    case malformedHeader = "A signature that has not its form is called malformed"
    case discreet = "No refusal tells a signature or a secret"
    case flipped = "A flipped byte is never authentic and stops nothing"
    case readable = "A message is read"
    case emptyBody = "An empty body is malformed"
    case notJSON = "A body that is no JSON is malformed"
    case nested = "A body that is nested 100,000 deep is malformed"
    case notUTF8 = "A body that is no UTF-8 is malformed"
    case huge = "Four megabytes of text are read whole, or refused by the field's name"
    case unknownType = "A message of an unknown type is kept as unsupported"
    case batch = "A bad item in a batch keeps its neighbours"

    public var description: String { rawValue }
}
