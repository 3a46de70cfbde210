using System.Collections.Immutable;

namespace KmsTools.Pkcs11;

/// <summary>What a token says about one of its keys.</summary>
/// <param name="Spec">
/// Type and length, such as AES_256, AES_128 or RSA_2048; the type alone where the token does not say the length.
/// </param>
/// <param name="Usages">What its attributes allow: ENCRYPT, DECRYPT, SIGN, VERIFY, WRAP, UNWRAP, DERIVE.</param>
public sealed record KeyDescription(string Spec, ImmutableArray<string> Usages);
