namespace KmsTools.KeyStores;

/// <summary>
/// Copies tokens whose content is a folder of files, such as those of SoftHSM, and creates tokens from such copies. Whatever happens, a
/// copy or token is either complete or does not exist.
/// </summary>
public interface ITokenCopier
{
    /// <summary>Why the tokens of a library cannot be copied.</summary>
    /// <param name="library">The PKCS#11 library, a path or <c>path|parameters</c>.</param>
    /// <returns>Null when they can be copied.</returns>
    /// <exception cref="HsmException">The library does not exist, or does not answer.</exception>
    string? WhyNot(string library);

    /// <summary>
    /// Copies tokens as they are at one moment: in the meantime no process of this module logs in to them, or creates or destroys keys.
    /// </summary>
    /// <param name="hsms">The tokens, each with its library.</param>
    /// <param name="folder">The folder to create; its files are readable by their owner only, and on the disk when this returns.</param>
    /// <exception cref="HsmException">A token does not exist or is damaged, or another program is changing it.</exception>
    /// <exception cref="IOException">The folder cannot be written, for instance because the disk is full. Nothing is left.</exception>
    HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder);

    /// <summary>Creates a new token from a copy.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="index">The index of the token in the copy.</param>
    /// <param name="library">The library through which the token is to be reached.</param>
    /// <param name="token">The label and serial number that it gets: 1-32 bytes, and 16 lower-case hex digits.</param>
    /// <exception cref="HsmException">The copy is damaged, or the library does not accept the token. Nothing is left.</exception>
    /// <exception cref="IOException">The token cannot be written. Nothing is left.</exception>
    void CreateToken(HsmCopyReference copy, int index, string library, HsmToken token);

    /// <summary>Requires that a token can get the content of a copy, without looking at the copy.</summary>
    /// <param name="library">The library of the token.</param>
    /// <param name="token">The token.</param>
    /// <exception cref="HsmException">
    /// Another token has its serial number, or two others have one. Or the tokens of the library cannot be reached.
    /// </exception>
    void RequireReplaceable(string library, HsmToken token);

    /// <summary>
    /// Gives a token the content of a copy; it keeps its label and serial number. What it held stays until the new content is in place. A
    /// token that is lost is created again.
    /// </summary>
    /// <param name="copy">The copy.</param>
    /// <param name="index">The index of the token in the copy.</param>
    /// <param name="library">The library of the token.</param>
    /// <param name="token">The token, to which no process is logged in.</param>
    /// <exception cref="HsmException">The copy is damaged, or the library does not accept it. The token is unchanged.</exception>
    /// <exception cref="IOException">The content cannot be written. The token is unchanged.</exception>
    void ReplaceContent(HsmCopyReference copy, int index, string library, HsmToken token);

    /// <summary>Removes a token that <see cref="CreateToken"/> created and no one uses. A missing one counts as removed.</summary>
    /// <exception cref="HsmException">The tokens of the library cannot be reached.</exception>
    void Discard(string library, HsmToken token);
}

/// <summary>The location of a copy, and the proof that it is unchanged.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Digest">SHA-256 in lower-case hex over the list of its files and their checksums.</param>
public sealed record HsmCopyReference(string Folder, string Digest);

/// <summary>What was copied.</summary>
/// <param name="Digest">See <see cref="HsmCopyReference"/>.</param>
/// <param name="Size">Size on disk in bytes.</param>
/// <param name="KeyCount">Number of AES keys in the token that holds the most, complete or not.</param>
public sealed record HsmCopy(string Digest, long Size, int KeyCount);
