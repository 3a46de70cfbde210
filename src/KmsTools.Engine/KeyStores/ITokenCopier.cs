namespace KmsTools.KeyStores;

/// <summary>
/// Copies tokens whose content is a folder of files, such as those of SoftHSM, and makes tokens of such copies. Whatever happens, a copy
/// and a token are whole or not there.
/// </summary>
public interface ITokenCopier
{
    /// <summary>Why the tokens of a library cannot be copied.</summary>
    /// <param name="library">The PKCS#11 library, a path or <c>path|parameters</c>.</param>
    /// <returns>Null when they can.</returns>
    /// <exception cref="HsmException">The library is not there, or does not answer.</exception>
    string? WhyNot(string library);

    /// <summary>
    /// Copies tokens as they are at one moment: meanwhile no process of this module logs in to them, or makes or destroys keys in them.
    /// </summary>
    /// <param name="hsms">The tokens, each with its library.</param>
    /// <param name="folder">The folder to make; its files are readable by their owner only, and on the disk when this returns.</param>
    /// <exception cref="HsmException">A token is not there or is damaged, or another program is changing it.</exception>
    /// <exception cref="IOException">The folder cannot be written, for instance because the disk is full. Nothing is left.</exception>
    HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder);

    /// <summary>Makes a new token of a copy.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="index">Which of its tokens.</param>
    /// <param name="library">The library that the token is to be behind.</param>
    /// <param name="token">Label and serial number that it gets: 1-32 bytes, and 16 lower-case hex digits.</param>
    /// <exception cref="HsmException">The copy is damaged, or the library does not take the token. Nothing is left.</exception>
    /// <exception cref="IOException">The token cannot be written. Nothing is left.</exception>
    void MakeToken(HsmCopyReference copy, int index, string library, HsmToken token);

    /// <summary>
    /// Gives a token the content of a copy; it keeps its label and serial number. What it held stays until the new content is in place. A
    /// token that is lost is made anew.
    /// </summary>
    /// <param name="copy">The copy.</param>
    /// <param name="index">Which of its tokens.</param>
    /// <param name="library">The library of the token.</param>
    /// <param name="token">The token, which nobody is logged in to.</param>
    /// <exception cref="HsmException">The copy is damaged, or the library does not take it. The token is as it was.</exception>
    /// <exception cref="IOException">The content cannot be written. The token is as it was.</exception>
    void ReplaceContent(HsmCopyReference copy, int index, string library, HsmToken token);

    /// <summary>Removes a token that <see cref="MakeToken"/> made and nobody uses. One that is not there is as good as removed.</summary>
    /// <exception cref="HsmException">The tokens of the library cannot be reached.</exception>
    void Discard(string library, HsmToken token);
}

/// <summary>Where a copy is, and what proves that it is as it was made.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Digest">SHA-256 in lower-case hex over the list of its files and their checksums.</param>
public sealed record HsmCopyReference(string Folder, string Digest);

/// <summary>What was copied.</summary>
/// <param name="Digest">See <see cref="HsmCopyReference"/>.</param>
/// <param name="Size">Bytes on the disk.</param>
/// <param name="KeyCount">AES keys in the token that holds most of them, whole or not.</param>
public sealed record HsmCopy(string Digest, long Size, int KeyCount);
