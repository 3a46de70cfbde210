namespace KmsTools.Xks;

/// <summary>A request to a proxy.</summary>
/// <param name="XksOperation">The operation of the XKS proxy API.</param>
/// <param name="KmsOperation">The operation of KMS that needs it.</param>
/// <param name="Path">The part of the path after that of the key store.</param>
/// <param name="Body">The body, in JSON.</param>
internal readonly record struct ProxyCall(string XksOperation, string KmsOperation, string Path, ReadOnlyMemory<byte> Body);
