import Foundation
import NIOCore

/// An IP address as 128 bits. IPv4 is mapped into IPv6 (`::ffff:0:0/96`), so that one rule fits both.
struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000

    /// Nil for a Unix socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(v4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address): self.init(v6: address.address.sin6_addr)
        case .unixDomainSocket: return nil
        }
    }

    /// Parses `192.0.2.1` and `2001:db8::1`.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count <= 45 else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6: v6)
        } else {
            return nil
        }
    }

    private init(v4: UInt32) {
        high = 0
        low = Self.mappedPrefix | UInt64(v4)
    }

    private init(v6: in6_addr) {
        (high, low) = withUnsafeBytes(of: v6) {
            (UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)), UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    var isLoopback: Bool { isV4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

    /// The usual text: `192.0.2.1`, `2001:db8::1`.
    var description: String {
        var bytes = (high.bigEndian, low.bigEndian)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = withUnsafeBytes(of: &bytes) { address in
            inet_ntop(
                isV4 ? AF_INET : AF_INET6, address.baseAddress?.advanced(by: isV4 ? 12 : 0), &text, socklen_t(INET6_ADDRSTRLEN)) != nil
        }
        return isWritten ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "-"
    }

    /// The network that limits count as one client: an IPv4 address, or the /64 of an IPv6 address, which a provider gives to one customer.
    var network: IPAddress { isV4 ? self : IPAddress(high: high, low: 0) }
}

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct AddressRange: Sendable, Equatable {
    private let base: IPAddress
    /// How many of 128 bits an address must share with `base`.
    private let length: Int

    /// Nil if the text is not a range, or has bits set beyond its length.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = IPAddress(parts[0]) else { return nil }
        let bits = base.isV4 ? 32 : 128
        guard let length = parts.count == 2 ? Int(parts[1]) : bits, (0...bits).contains(length) else { return nil }
        self.base = base
        self.length = length + (base.isV4 ? 96 : 0)
        let (high, low) = masks
        guard base.high & ~high == 0, base.low & ~low == 0 else { return nil }
    }

    /// Whether the range is larger than any private network (10.0.0.0/8, fc00::/7).
    public var isTooLarge: Bool { base.isV4 ? length < 96 + 8 : length < 7 }

    func contains(_ address: IPAddress) -> Bool {
        let (high, low) = masks
        return address.high & high == base.high && address.low & low == base.low
    }

    private var masks: (high: UInt64, low: UInt64) {
        (length >= 64 ? .max : ~(.max >> UInt64(length)), length <= 64 ? 0 : length == 128 ? .max : ~(.max >> UInt64(length - 64)))
    }
}

extension AddressRange: CustomStringConvertible {
    /// The range as settings write it: `10.0.0.0/8`.
    public var description: String { "\(base)/\(base.isV4 ? length - 96 : length)" }
}
