using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Rotates the root key of the store: makes a new generation, wraps everything again, and destroys the former one.</summary>
/// <remarks>
/// Rotate it when root.key may have been read by another user, and regularly. Calls of all sessions and endpoints go on in the
/// meantime. If this session ends before the rotation does, the next one that uses the store goes on with it. Ciphertexts, grant tokens,
/// import tokens and the IDs of key material do not change. A backup needs the root.key of the same time: back up the store
/// again. The machines that share a store in a database take the new generation into their root key files while they have it open; to one
/// that does not, copy the file. Copies made before can still be opened with the root.key in them: if both the root key and the data may
/// have been copied, rotate the keys too, and encrypt again. See about_KmsTools_Security.
/// </remarks>
/// <example>
/// <code>
/// Update-KmsRootKey
/// </code>
/// <para>Rotates the root key now, and returns the new generation.</para>
/// </example>
/// <example>
/// <code>
/// Update-KmsRootKey -WhatIf
/// </code>
/// <para>Shows which generation would be replaced.</para>
/// </example>
[Cmdlet(VerbsData.Update, "KmsRootKey", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsRootKey))]
public sealed class UpdateKmsRootKeyCommand : KmsCmdlet
{
    private protected override void Process()
    {
        KmsEngine engine = Engine;
        if (ConfirmAction($"Replace generation {engine.RootKey.Read().Generation} of the root key of the store, and destroy it"))
        {
            Caller caller = LocalCaller;
            WriteObject(KmsRootKey.Of(
                new CallProgress(this, "Wrapping everything in the store again").Run(() => engine.RootKey.Rotate(caller)),
                engine.RootKey.ReadSeal()));
        }
    }
}
