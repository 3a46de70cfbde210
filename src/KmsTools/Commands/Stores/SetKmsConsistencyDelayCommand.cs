using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Makes the calls that read see changes late, to rehearse the eventual consistency of AWS KMS.</summary>
/// <remarks>
/// With a delay, cryptographic calls and calls that get or list something see keys, key states, policies, tags, aliases, grants and imported key
/// material as they were that many seconds ago on the clock of the store. Calls that change something see the present. Key material that
/// was destroyed cannot be used any more, even by calls that still see it. The delay applies to all sessions and endpoints that use the store;
/// Get-KmsConnection shows it. See about_KmsTools_EventualConsistency.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsConsistencyDelay -Seconds 60
/// $key = New-KmsKey
/// Get-KmsKey $key.KeyId -ErrorAction Ignore
/// </code>
/// <para>Shows whether a script waits for a new key: the key is not found, and nothing is written, until a minute has passed.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsConsistencyDelay -Seconds 0
/// </code>
/// <para>Makes all changes visible at once again, as in a new store.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsConsistencyDelay", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType("None")]
public sealed class SetKmsConsistencyDelayCommand : KmsCmdlet
{
    /// <summary>The delay in whole seconds, 0-300. With 0, every change made so far is seen at once.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateRange(0, 300)]
    public int Seconds { get; set; }

    private protected override void Process()
    {
        if (ConfirmAction($"Set the consistency delay to {Seconds} seconds, from {Engine.ConsistencyDelayInSeconds}"))
        {
            Engine.SetConsistencyDelay(Seconds, LocalCaller);
        }
    }
}
