using System.Security.Cryptography;

namespace KmsTools.Http;

/// <summary>Thrown for a certificate whose private key is neither in its file nor in a file that was named.</summary>
/// <param name="file">The file.</param>
public sealed class PrivateKeyMissingException(string file) : CryptographicException($"'{file}' has no private key.");
