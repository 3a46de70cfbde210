using System.Management.Automation;
using System.Reflection;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>A cmdlet whose call changes something, or is treated so by AWS.Tools: it asks for confirmation first.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KmsChangeCmdlet<TRequest, TResponse> : KmsOperationCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    private const int MaxAliasesShown = 5;

    private bool? _asks;

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Force { get; set; }

    /// <summary>What the call would do, in words.</summary>
    /// <param name="target">The real key or key store, with its aliases or name.</param>
    private protected virtual string Describe(string target) => target.Length == 0 ? ApiOperation.Name : $"{ApiOperation.Name} on {target}";

    private protected sealed override bool MayProceed(TRequest request)
    {
        bool whatIf = IsWhatIf;
        if (Force && !whatIf)
        {
            return true;
        }

        // Nobody is asked and nothing is shown: PowerShell would make a text of it all the same.
        bool asks = _asks ??= Asks();
        if (!whatIf && !asks && !IsVerbose)
        {
            return true;
        }

        if (asks && !whatIf)
        {
            // A call that is refused here is never made, but the user has tried to make it.
            BeginCall();
            _ = Engine.Preview(request, Caller, isTried: true);
        }

        string description = Describe(FindTarget(request, mustExist: whatIf || asks));
        return ConfirmAction(description);
    }

    /// <summary>What the call would change, under its real name.</summary>
    private protected virtual string ResolveTarget(TRequest request)
    {
        string[] keys = [.. Engine.Preview(request, Caller).Select(Name)];
        return keys.Length > 0 ? string.Join(", ", keys) : Subject?.ToString() ?? "";
    }

    /// <summary>The key that the call would change; null if it would be refused, which the call itself reports.</summary>
    private protected Key? FindKey(TRequest request)
    {
        try
        {
            return Engine.Preview(request, Caller)[0].Key;
        }
        catch (KmsException)
        {
            return null;
        }
    }

    private static string Name(KeyTarget target)
    {
        if (target.AliasOfDraft is { } alias)
        {
            return alias;
        }

        using IStateReader state = Engine.OpenReader();
        string[] aliases = [.. state.ListAliases(target.Key.Region, target.Key.KeyId, null, MaxAliasesShown + 1)
            .Select(static alias => alias.AliasName)];
        return aliases.Length == 0 ? target.Key.Arn
            : $"{target.Key.Arn} ({string.Join(", ", aliases.Take(MaxAliasesShown))}{(aliases.Length > MaxAliasesShown ? ", ..." : "")})";
    }

    private string FindTarget(TRequest request, bool mustExist)
    {
        try
        {
            return ResolveTarget(request);
        }
        catch (KmsException) when (!mustExist)
        {
            // The call itself reports what is wrong.
            return Subject?.ToString() ?? "";
        }
    }

    private bool Asks()
    {
        if (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? confirm))
        {
            return (SwitchParameter)confirm!;
        }

        ConfirmImpact impact = GetType().GetCustomAttribute<CmdletAttribute>()!.ConfirmImpact;
        return Enum.TryParse(GetVariableValue("ConfirmPreference")?.ToString(), out ConfirmImpact threshold)
            && threshold != ConfirmImpact.None && impact >= threshold;
    }
}
