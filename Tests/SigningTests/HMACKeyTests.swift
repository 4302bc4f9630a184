import Signing
import Testing

@Suite("HMAC")
struct HMACKeyTests {
    /// A case of RFC 4231, section 4; its values are in hexadecimal digits.
    struct Vector: Sendable {
        let key: String
        let message: String
        let code: String
    }

    @Test(
        "The results for the vectors of RFC 4231 are right",
        arguments: [
            Vector(
                key: String(repeating: "0b", count: 20), message: "4869205468657265",
                code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            Vector(
                key: "4a656665", message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            Vector(
                key: String(repeating: "aa", count: 20), message: String(repeating: "dd", count: 50),
                code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            Vector(
                key: "0102030405060708090a0b0c0d0e0f10111213141516171819", message: String(repeating: "cd", count: 50),
                code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            Vector(
                key: String(repeating: "aa", count: 131),
                message: Hex.encode(Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)),
                code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        ])
    func vectors(vector: Vector) throws {
        let key = try #require(Hex.decode(vector.key).flatMap { HMACKey($0) })
        let message = try #require(Hex.decode(vector.message))
        let code = try #require(Hex.decode(vector.code))
        #expect(key.authenticationCode(for: message) == code)
        #expect(key.isValid(code, for: message))
    }

    @Test(
        "The results for the vectors of RFC 2202 are right, with SHA-1",
        arguments: [
            Vector(
                key: String(repeating: "0b", count: 20), message: "4869205468657265", code: "b617318655057264e28bc0b6fb378c8ef146be00"),
            Vector(
                key: "4a656665", message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                code: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            Vector(
                key: String(repeating: "aa", count: 20), message: String(repeating: "dd", count: 50),
                code: "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
            Vector(
                key: "0102030405060708090a0b0c0d0e0f10111213141516171819", message: String(repeating: "cd", count: 50),
                code: "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
            Vector(
                key: String(repeating: "aa", count: 80),
                message: Hex.encode(Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)),
                code: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        ])
    func vectorsOfSHA1(vector: Vector) throws {
        let key = try #require(Hex.decode(vector.key).flatMap { HMACKey($0, .sha1) })
        let message = try #require(Hex.decode(vector.message))
        let code = try #require(Hex.decode(vector.code))
        #expect(key.authenticationCode(for: message) == code)
        #expect(key.isValid(code, for: message))
        #expect(!key.isValid(code + [UInt8](repeating: 0, count: 12), for: message))
    }

    @Test("A code made with one digest is not valid with the other", arguments: HMACKey.Algorithm.allCases)
    func apart(algorithm: HMACKey.Algorithm) throws {
        let key = try #require(HMACKey([1], algorithm))
        let other = try #require(HMACKey([1], algorithm == .sha1 ? .sha256 : .sha1))
        let code = key.authenticationCode(for: [2])
        #expect(code.count == algorithm.length)
        #expect(!other.isValid(code, for: [2]))
        #expect(!other.isValid(Array(other.authenticationCode(for: [2]).prefix(20)) + [0], for: [2]))
    }

    @Test("Several parts are signed like their concatenation")
    func parts() throws {
        let key = try #require(HMACKey([1, 2, 3]))
        let whole = key.authenticationCode(for: [1, 2, 3, 4])
        #expect(key.authenticationCode(for: [1], [], [2, 3], [4]) == whole)
        #expect(key.isValid(whole, for: [1, 2], [3, 4]))
        #expect(key.authenticationCode(for: []) == key.authenticationCode())
    }

    @Test("A key can be reused without a trace of the last message")
    func reuse() throws {
        let key = try #require(HMACKey([9]))
        let first = key.authenticationCode(for: [1])
        #expect(key.authenticationCode(for: [2]) != first)
        #expect(key.authenticationCode(for: [1]) == first)
    }

    @Test("An empty key is refused")
    func emptyKey() {
        #expect(HMACKey([]) == nil)
    }

    @Test("A forged, shortened, lengthened or empty code is refused")
    func forgeries() throws {
        let key = try #require(HMACKey(Array("secret".utf8)))
        let body = Array(#"{"object":"whatsapp_business_account"}"#.utf8)
        let code = key.authenticationCode(for: body)
        #expect(code.count == 32)
        for index in code.indices {
            var forged = code
            forged[index] ^= 1
            #expect(!key.isValid(forged, for: body))
        }
        #expect(!key.isValid(Array(code.dropLast()), for: body))
        #expect(!key.isValid(code + [0], for: body))
        #expect(!key.isValid([], for: body))
        #expect(!key.isValid(code, for: body + [0x0A]))
        let other = try #require(HMACKey(Array("other".utf8)))
        #expect(!other.isValid(code, for: body))
    }

    @Test("Many threads sign with one key")
    func threads() async throws {
        let key = try #require(HMACKey(Array("shared".utf8)))
        let expected = (0..<64).map { key.authenticationCode(for: [UInt8($0)]) }
        let right = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask { (0..<500).allSatisfy { _ in key.isValid(expected[number], for: [UInt8(number)]) } }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 64)
    }
}
