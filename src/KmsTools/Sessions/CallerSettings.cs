using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace KmsTools.Sessions;

/// <summary>
/// The callers that were chosen for a connection. Other runspaces of the process, such as those of ForEach-Object -Parallel, begin with those of
/// the runspace that opened the connection, and choose for themselves.
/// </summary>
internal sealed class CallerSettings
{
    private readonly ConditionalWeakTable<Runspace, Choices> _ofOthers = [];
    private readonly WeakReference<Runspace>? _owner = Runspace.DefaultRunspace is { } owner ? new(owner) : null;

    // Replaced as a whole, and so never half of one choice.
    private volatile Choices _ofOwner = new(null, null);

    /// <summary>The caller that Connect-Kms or Set-KmsCaller chose, or null.</summary>
    public CallerChoice? Given
    {
        get => Current.Given;
        set => Current = Current with { Given = value };
    }

    /// <summary>The session of the role that Use-KmsRole assumed, or null.</summary>
    public CallerChoice? AssumedRole
    {
        get => Current.AssumedRole;
        set => Current = Current with { AssumedRole = value };
    }

    private Choices Current
    {
        get => Other is { } other && _ofOthers.TryGetValue(other, out Choices? own) ? own : _ofOwner;

        set
        {
            if (Other is { } other)
            {
                _ofOthers.AddOrUpdate(other, value);
            }
            else
            {
                _ofOwner = value;
            }
        }
    }

    // The current runspace, if it is not the one that opened the connection.
    private Runspace? Other =>
        Runspace.DefaultRunspace is { } current && !(_owner is not null && _owner.TryGetTarget(out Runspace? owner) && owner == current)
            ? current
            : null;

    private sealed record Choices(CallerChoice? Given, CallerChoice? AssumedRole);
}
