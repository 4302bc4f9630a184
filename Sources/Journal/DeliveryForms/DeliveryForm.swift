import Messaging

/// A row of `delivery_forms`: what many deliveries of an account have in common, stored once.
struct DeliveryForm {
    let id: Int64
    let parts: SharedParts
}

/// The beginnings and ends that deliveries have in common, besides their `FormKey`.
struct SharedParts: Equatable {
    /// The headers as JSON.
    let headers: SharedEnds
    let body: SharedEnds

    /// The total size in bytes.
    var count: Int { headers.count + body.count }

    func fit(_ content: DeliveryContent) -> Bool { headers.fit(content.headers) && body.fit(content.body) }

    /// The parts that both have in common.
    func narrowed(to other: SharedParts) -> SharedParts {
        SharedParts(headers: headers.narrowed(to: other.headers), body: body.narrowed(to: other.body))
    }
}

/// The columns that are equal for all deliveries of a form.
struct FormKey: Hashable {
    let adapter: AdapterKind
    let account: AccountName
    let method: String
    let target: String

    init(_ delivery: Delivery) {
        (adapter, account, method, target) = (delivery.adapter, delivery.account, delivery.method, delivery.target)
    }

    init(adapter: AdapterKind, account: AccountName, method: String, target: String) {
        (self.adapter, self.account, self.method, self.target) = (adapter, account, method, target)
    }
}

/// The parts of a delivery that a form may contain in part.
struct DeliveryContent {
    /// The headers as JSON.
    let headers: [UInt8]
    let body: [UInt8]

    var count: Int { headers.count + body.count }
}

/// What a row of `deliveries` contains instead of headers and body: the parts that its form does not have.
struct RowContent {
    /// The form's id; nil if the row contains the whole delivery.
    let form: Int64?
    let headers: Headers
    let body: ArraySlice<UInt8>

    enum Headers {
        case text(ArraySlice<UInt8>)
        /// The bytes of the headers' middle, if it consists of hex digits.
        case bytes([UInt8])
    }

    init(_ content: DeliveryContent, in form: DeliveryForm?) {
        self.form = form?.id
        body = form?.parts.body.middle(of: content.body) ?? content.body[...]
        let headers = form?.parts.headers.middle(of: content.headers) ?? content.headers[...]
        self.headers = form.flatMap { _ in Self.bytes(hex: headers) }.map { .bytes($0) } ?? .text(headers)
    }

    /// Nil unless the text consists of pairs of lower-case hex digits, which is how SQL restores them.
    private static func bytes(hex digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
