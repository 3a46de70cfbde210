namespace KmsTools.Storage;

/// <summary>Names a commit.</summary>
/// <param name="Number">Its number; 0 for none.</param>
/// <param name="Nonce">Its nonce.</param>
internal readonly record struct CommitMark(long Number, long Nonce);
