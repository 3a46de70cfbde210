using KmsTools.Cryptography;

namespace KmsTools.Estates;

/// <summary>Where a secret comes from.</summary>
public enum EstateSecretSource
{
    /// <summary>From an environment variable.</summary>
    Environment,

    /// <summary>From a file, whose final line ending is ignored.</summary>
    File,

    /// <summary>The user is asked.</summary>
    Prompt,

    /// <summary>From the text of the estate itself: a PIN only, and in temporary stores only.</summary>
    Plaintext,
}

/// <summary>A secret: the PIN of the crypto user of a cluster, or the secret access key for a proxy.</summary>
/// <param name="Position">Where it stands in the text.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Name">The environment variable, or the path of the file; empty for the other sources.</param>
/// <param name="Plaintext">The secret itself (UTF-8), when the text has it.</param>
public sealed record EstateSecret(SourcePosition Position, EstateSecretSource Source, string Name = "", Secret? Plaintext = null)
{
    /// <summary>The secret, with the full path of its file.</summary>
    /// <param name="folder">The folder to which the path is relative.</param>
    internal EstateSecret In(string folder) =>
        Source == EstateSecretSource.File ? this with { Name = Path.GetFullPath(Name, folder) } : this;
}

/// <summary>A secret that the user is asked for.</summary>
/// <param name="What">What it is, such as <c>PIN</c>.</param>
/// <param name="Owner">What it belongs to, such as the crypto user of a cluster.</param>
/// <param name="Member">The member of an estate that gives it without a question.</param>
public sealed record EstateQuestion(string What, string Owner, string Member);
