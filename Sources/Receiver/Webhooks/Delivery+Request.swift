import HTTPTypes
import Hummingbird
import Messaging
import NIOHTTP1

extension Delivery {
    /// A delivery from a request as a route receives it, with its body.
    init(_ request: Request, _ account: Account, body: [UInt8], receivedAt: Instant) {
        var headers: [Header] = []
        headers.reserveCapacity(request.headers.count + 1)
        if let host = request.head.authority { headers.append(Header(lowercase: "host", host)) }
        for field in request.headers { headers.append(Header(lowercase: field.name.canonicalName, field.value)) }
        self.init(
            adapter: account.adapter, account: account.name, receivedAt: receivedAt, method: request.method.rawValue,
            target: request.uri.description, headers: headers, body: body)
    }

    /// A delivery from a request as NIO has it, equal to the one from a route: Host comes first, and values are decoded as by HTTPTypes.
    init(_ head: HTTPRequestHead, _ account: Account, body: [UInt8], receivedAt: Instant) {
        var headers: [Header] = []
        headers.reserveCapacity(head.headers.count)
        var hasHost = false
        for (name, value) in head.headers {
            let header = Header(name, HTTPField(name: .cookie, value: value).value)
            if !hasHost, header.name == "host" {
                hasHost = true
                headers.insert(header, at: 0)
            } else {
                headers.append(header)
            }
        }
        self.init(
            adapter: account.adapter, account: account.name, receivedAt: receivedAt, method: head.method.rawValue, target: head.uri,
            headers: headers, body: body)
    }
}
