import Signing
import Testing

@Suite("Digests, comparisons and random texts")
struct DigestTests {
    @Test(
        "The results for the vectors of FIPS 180 are right",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func sha256(text: String, digest: String) {
        #expect(Hex.encode(Digest.sha256(Array(text.utf8))) == digest)
    }

    @Test("Only equal bytes compare as equal")
    func comparison() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(ConstantTime.equal([] as [UInt8], []))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2, 3], [0, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(!ConstantTime.equal([], [0]))
        #expect(ConstantTime.equal("token", "token"))
        #expect(!ConstantTime.equal("token", "Token"))
        #expect(!ConstantTime.equal("token", "token "))
        #expect(!ConstantTime.equal("\u{E9}", "e\u{301}"))
    }

    @Test("A token has 43 characters that need no escaping, and is never repeated")
    func tokens() {
        let tokens = (0..<1000).map { _ in SecureRandom.token() }
        #expect(Set(tokens).count == 1000)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 })
        let safe = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        #expect(Set(tokens.joined()) == safe)
    }

    @Test("Random bytes have the requested number", arguments: [0, 1, 16, 32, 5000])
    func bytes(count: Int) {
        #expect(SecureRandom.bytes(count).count == count)
    }

    @Test("Random bytes take every value")
    func spread() {
        #expect(Set(SecureRandom.bytes(100_000)).count == 256)
    }
}
