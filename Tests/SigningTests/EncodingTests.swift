import Signing
import Testing

@Suite("Hex and Base64")
struct EncodingTests {
    private static let everyByte = (0..<256).map { UInt8($0) }

    @Test("Hex is written in lower case and read in either")
    func hex() {
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.decode("000FA5fF") == [0x00, 0x0F, 0xA5, 0xFF])
        #expect(Hex.decode("x000f".dropFirst()) == [0x00, 0x0F])
        #expect(Hex.decode(lowercase: Array("x00a5ff".utf8).dropFirst()) == [0x00, 0xA5, 0xFF])
        for text in ["00A5", "0F", "00a", "0g", "é"] { #expect(Hex.decode(lowercase: Array(text.utf8)[...]) == nil) }
        #expect(Hex.encode([]) == "")
        #expect(Hex.decode("") == [])
        #expect(Hex.decode(Hex.encode(Self.everyByte)) == Self.everyByte)
    }

    @Test(
        "A text that is not hexadecimal is refused",
        arguments: ["0", "000", "0g", " 00", "00 ", "0x00", "é0", "００", "-1", "/:", "@G", "`g"])
    func hexRefusals(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test(
        "The vectors of RFC 4648 are encoded and decoded correctly",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test("Every byte is read back from Base64")
    func base64RoundTrip() {
        for count in 0..<256 {
            let bytes = Array(Self.everyByte.suffix(count))
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "A text that is not padded Base64 is refused",
        arguments: ["Z", "Zg", "Zg=", "Zg===", "Zm9v!", "Zm 9v", "Zm9v\n", "-_-_", "=", "====", "Zg==Zg=="])
    func base64Refusals(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("URL-safe Base64 has no plus, slash or padding")
    func urlSafe() {
        #expect(Base64.encode([0xFB, 0xEF, 0xFF, 0xFE]) == "++///g==")
        #expect(Base64.encodeURLSafe([0xFB, 0xEF, 0xFF, 0xFE]) == "--___g")
        #expect(Base64.encodeURLSafe([]) == "")
    }
}
