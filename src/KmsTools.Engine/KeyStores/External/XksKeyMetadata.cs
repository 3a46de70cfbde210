using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>The answer of GetKeyMetadata.</summary>
/// <param name="KeySpec">The type of key; <c>AES_256</c> for one that a KMS key can use.</param>
/// <param name="KeyUsage">What it can do; <c>ENCRYPT</c> and <c>DECRYPT</c> among them for one that a KMS key can use.</param>
/// <param name="KeyStatus"><c>ENABLED</c> or <c>DISABLED</c>.</param>
public sealed record XksKeyMetadata(string KeySpec, ImmutableArray<string> KeyUsage, string KeyStatus);
