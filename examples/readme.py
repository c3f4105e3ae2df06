from diffpy import grad


@grad(argnums=(0, 1))
def logistic(x, r, n):
    for i in range(n):
        x = r * x * (1 - x)
    return x


print(logistic(0.25, 2.0, 2))
print(logistic.source)
