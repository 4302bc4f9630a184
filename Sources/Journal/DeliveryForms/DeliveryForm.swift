import Messaging
import Signing

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
        // SQL restores digits in lower case.
        let bytes = form == nil || headers.isEmpty ? nil : Hex.decode(lowercase: headers)
        self.headers = bytes.map { .bytes($0) } ?? .text(headers)
    }
}
